import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { request } from 'undici';
import { authorization, otherAuthorization, startGateway } from '../process/gateway.ts';
import { residentMb } from '../process/resident.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench } from '../scenario.ts';
import { type Matter, medianMs, type Round, startPair, takeTurns } from './neighbor-rounds.ts';

const silentReaders = 20;
const silentSenders = 24;

/** Clients that ask for a large picture and never read it: memory of the gateway, before and with them. */
export async function besideSilentReaders(bench: Bench): Promise<Matter> {
  const upstream = await startUpstream(bench);
  const picture = await makePicture(4400, 3300);
  const rounds: Round[] = [];
  for (let round = 0; round < bench.pick(5, 1); round += 1) {
    const gateway = bench.own(
      await startGateway({
        core: 'server',
        folder: join(bench.folder('neighbors'), 'gateway'),
        upstreamUrl: `${upstream.url}/success`,
      }),
    );
    const path = await upload(gateway.url, picture, otherAuthorization);
    await readPicture(gateway.url, path);
    const alone = residentMb(gateway.pid);
    const head = `GET ${path} HTTP/1.1\r\nhost: gateway\r\n\r\n`;
    const readers = await Promise.all(
      Array.from({ length: silentReaders }, () => openSilent(gateway.url, head)),
    );
    // Responses begin in the order of the requests: this one comes after those.
    await readPicture(gateway.url, path);
    rounds.push({ alone, beside: residentMb(gateway.pid) });
    for (const reader of readers) reader.destroy();
    await gateway.stop();
  }
  await upstream.stop();
  const megabytes = (picture.length / 2 ** 20).toFixed(0);
  return {
    misbehavior: `${silentReaders} readers of a picture of ${megabytes} MB that read nothing`,
    seen: 'resident memory, MB',
    rounds,
  };
}

/** Clients that announce an upload and send nothing: uploads of another client. */
export async function besideSilentSenders(bench: Bench): Promise<Matter> {
  const pair = await startPair(bench, { MAX_UPLOADS_PER_CLIENT: '100000', MAX_UPLOADS: '100000' });
  const picture = await makePicture(640, 480);
  const uploads = bench.pick(20, 5);
  const measure = (url: string): Promise<number> =>
    medianMs(uploads, () => upload(url, picture, authorization));
  for (const { url } of [pair.alone, pair.beside]) await measure(url);
  const rounds = await takeTurns(bench.pick(5, 1), {
    alone: () => measure(pair.alone.url),
    async beside() {
      const head = `POST /uploads HTTP/1.1\r\nhost: gateway\r\nauthorization: ${otherAuthorization}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 9000000\r\n\r\n`;
      const senders = await Promise.all(
        Array.from({ length: silentSenders }, () => openSilent(pair.beside.url, head)),
      );
      const p50 = await measure(pair.beside.url);
      for (const sender of senders) sender.destroy();
      return p50;
    },
  });
  await pair.stop();
  return {
    misbehavior: `${silentSenders} uploads that send nothing`,
    seen: 'an upload of 640 × 480 pixels, p50, ms',
    rounds,
  };
}

/** Noise, which hardly compresses. */
const makePicture = (width: number, height: number): Promise<Buffer> =>
  sharp({
    create: {
      width,
      height,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .jpeg({ quality: 80 })
    .toBuffer();

/** @returns the path under which it can be read @throws Error unless it is accepted */
async function upload(url: string, picture: Buffer, as: string): Promise<string> {
  const form = new FormData();
  form.append('picture', new Blob([new Uint8Array(picture)]), 'picture.jpg');
  const answer = await fetch(`${url}/uploads`, {
    method: 'POST',
    body: form,
    headers: { authorization: as },
  });
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`an upload was answered with ${answer.status}: ${text}`);
  return new URL((JSON.parse(text) as { url: string }).url).pathname;
}

async function readPicture(url: string, path: string): Promise<void> {
  const { statusCode, body } = await request(url + path);
  await body.dump({ limit: Number.POSITIVE_INFINITY });
  if (statusCode !== 200) throw new Error(`a picture was answered with ${statusCode}`);
}

/** Sends the head of a request, then nothing; reads nothing. */
async function openSilent(url: string, head: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write(head);
  return socket;
}
