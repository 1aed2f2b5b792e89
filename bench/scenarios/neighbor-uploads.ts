import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { request } from 'undici';
import { authorization, otherAuthorization, startGateway } from '../process/gateway.ts';
import { residentMb } from '../process/resident.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench } from '../scenario.ts';
import { type Measurement, medianMs, type Round, startPair, takeTurns } from './neighbor-rounds.ts';

const silentReaders = 20;
const silentSenders = 24;

/** The gateway's memory before and while clients request a large picture and never read it. */
export async function withSilentReaders(bench: Bench): Promise<Measurement> {
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
    const undisturbed = residentMb(gateway.pid);
    const head = `GET ${path} HTTP/1.1\r\nhost: gateway\r\n\r\n`;
    const readers = await Promise.all(
      Array.from({ length: silentReaders }, () => openSilent(gateway.url, head)),
    );
    // Responses start in the order of the requests, so this one starts after those of the silent readers.
    await readPicture(gateway.url, path);
    rounds.push({ undisturbed, disturbed: residentMb(gateway.pid) });
    for (const reader of readers) reader.destroy();
    await gateway.stop();
  }
  await upstream.stop();
  const megabytes = (picture.length / 2 ** 20).toFixed(0);
  return {
    misbehavior: `${silentReaders} connections that request a picture of ${megabytes} MB and read nothing`,
    metric: 'resident memory, MB',
    rounds,
  };
}

/** Uploads of another client, while clients start an upload and send no body. */
export async function withSilentSenders(bench: Bench): Promise<Measurement> {
  const pair = await startPair(bench, { MAX_UPLOADS_PER_CLIENT: '100000', MAX_UPLOADS: '100000' });
  const picture = await makePicture(640, 480);
  const uploads = bench.pick(20, 5);
  const measure = (url: string): Promise<number> =>
    medianMs(uploads, () => upload(url, picture, authorization));
  for (const { url } of [pair.undisturbed, pair.disturbed]) await measure(url);
  const rounds = await takeTurns(bench.pick(5, 1), {
    undisturbed: () => measure(pair.undisturbed.url),
    async disturbed() {
      const head = `POST /uploads HTTP/1.1\r\nhost: gateway\r\nauthorization: ${otherAuthorization}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 9000000\r\n\r\n`;
      const senders = await Promise.all(
        Array.from({ length: silentSenders }, () => openSilent(pair.disturbed.url, head)),
      );
      const p50 = await measure(pair.disturbed.url);
      for (const sender of senders) sender.destroy();
      return p50;
    },
  });
  await pair.stop();
  return {
    misbehavior: `${silentSenders} uploads that send nothing`,
    metric: 'an upload of 640 × 480 pixels, p50, ms',
    rounds,
  };
}

/** Noise, because it hardly compresses. */
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

/** @returns the path of the stored picture @throws Error unless it is accepted */
async function upload(url: string, picture: Buffer, as: string): Promise<string> {
  const form = new FormData();
  form.append('picture', new Blob([new Uint8Array(picture)]), 'picture.jpg');
  const response = await fetch(`${url}/uploads`, {
    method: 'POST',
    body: form,
    headers: { authorization: as },
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`the response to an upload was ${response.status}: ${text}`);
  return new URL((JSON.parse(text) as { url: string }).url).pathname;
}

async function readPicture(url: string, path: string): Promise<void> {
  const { statusCode, body } = await request(url + path);
  await body.dump({ limit: Number.POSITIVE_INFINITY });
  if (statusCode !== 200) throw new Error(`the response to a picture was ${statusCode}`);
}

/** Sends only the head of a request and reads nothing. */
async function openSilent(url: string, head: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write(head);
  return socket;
}
