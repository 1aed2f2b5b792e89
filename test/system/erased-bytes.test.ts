import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@redis/client';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.js';
import { readArchive } from '../../testing/archived-swap.js';
import { eraseSwap, excerptOf, findBytes, statesOf } from '../../testing/erasure.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { startRedis } from '../../testing/redis-server.js';
import { s3Environment, startS3Server } from '../../testing/s3-server.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { longTestTimeoutMs } from '../../testing/timeouts.js';
import { upload } from '../../testing/upload.js';

const dayMs = 24 * 60 * 60 * 1000;
const patience = { timeout: 30_000 };

/** A picture that has no byte sequence in common with any other. */
const noise = () =>
  sharp(randomBytes(96 * 96 * 3), { raw: { width: 96, height: 96, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();

/** Where a gateway keeps what it stores. */
interface Deployment {
  env: Record<string, string>;
  folders: string[];
}

async function embedded(): Promise<Deployment> {
  const dataDir = temporaryFolder();
  return { env: { DATA_DIR: dataDir }, folders: [dataDir] };
}

async function embeddedWithBucket(): Promise<Deployment> {
  const [dataDir, bucket] = [temporaryFolder(), temporaryFolder()];
  const s3 = await startS3Server(bucket);
  onTestFinished(s3.close);
  return { env: { DATA_DIR: dataDir, ...s3Environment(s3) }, folders: [dataDir, bucket] };
}

async function redisWithBucket() {
  const { env, folders } = await embeddedWithBucket();
  const redis = await startRedis({ durable: true, settings: { save: '3600 1' } });
  return { env: { ...env, ...sharedEnv(redis) }, folders: [...folders, redis.folder], redis };
}

/** A ModelsLab whose results are pictures of their own, on its own origin. */
async function startUpstream() {
  const pictures = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    await request.toArray();
    const picture = pictures.get(request.url ?? '');
    if (request.method === 'GET') return void response.writeHead(picture ? 200 : 404).end(picture);
    if (request.url === '/api/v3/delete_image')
      return void response.end('{"status":"success","messege":"image deleted"}');
    const path = `/result-${randomBytes(8).toString('hex')}.jpg`;
    pictures.set(path, await noise());
    const { port } = server.address() as AddressInfo;
    const output = [`http://127.0.0.1:${port}${path}`];
    response.end(JSON.stringify({ status: 'success', id: 9000 + pictures.size, output, meta: {} }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    MODELSLAB_API_KEY: 'key-of-the-erasure-tests',
    MODELSLAB_BASE_URL: `${url}/api/v6/deepfake`,
    PUBLIC_URL: 'https://gateway.example.com',
    // Its original is read from the upstream.
    PROVENANCE: 'off',
  };
  return { pictures, env };
}

/** Swaps with everything that may be personal, and the byte sequences by which it can be found. */
async function swapPictures({ env }: Deployment) {
  const upstream = await startUpstream();
  const settings = { ...upstream.env, ...env, ALLOW_PRIVATE_WEBHOOKS: 'on', LOG_LEVEL: 'info' };
  const gateway = await startGateway(settings);
  const read = async (url = ''): Promise<Buffer> =>
    Buffer.from(await (await fetch(`${gateway.url}${new URL(url).pathname}`)).arrayBuffer());
  const ids: string[] = [];
  const traces: Record<string, Buffer | string> = {};
  for (let n = 0; n < 3; n += 1) {
    const { picture } = await upload(gateway, await noise());
    const name = `face-${randomBytes(8).toString('hex')}`;
    // Nothing listens there, so that its deliveries stay in the outbox.
    const webhook = `https://127.0.0.1:9/hook-${randomBytes(8).toString('hex')}`;
    const targetImage = `https://pictures.example.com/${name}.jpg`;
    const input = { initImage: picture.url, targetImage, webhook, reuse: 'NEVER' };
    const { id } = await requestSwap(gateway, input, { wait: 20 });
    await expect.poll(async () => (await readArchive(gateway, id)).archiveState, patience).toBe('STORED');
    const { output, files } = await readArchive(gateway, id);
    ids.push(id);
    traces[`upload ${n}`] = excerptOf(await read(picture.url));
    traces[`URL of upload ${n}`] = new URL(picture.url).pathname;
    traces[`input ${n}`] = name;
    traces[`webhook ${n}`] = new URL(webhook).pathname;
    traces[`result ${n}`] = excerptOf(await read(output[0]));
    traces[`URL of result ${n}`] = new URL(files[0]?.sourceUrl ?? '').pathname;
    traces[`token of result ${n}`] = new URL(output[0] ?? '').pathname.split('/')[2] ?? '';
  }
  return { gateway, settings, ids, traces };
}

const foundIn = ({ folders }: Deployment, traces: Record<string, Buffer | string>): string[] =>
  folders.flatMap((folder) => findBytes(folder, traces));

function foundInLog({ logs }: TestGateway, traces: Record<string, Buffer | string>): string[] {
  const text = logs.text();
  return Object.entries(traces).flatMap(([what, trace]) =>
    typeof trace === 'string' && text.includes(trace) ? [what] : [],
  );
}

describe.each([
  ['an embedded database and a disk', embedded],
  ['an embedded database and a bucket', embeddedWithBucket],
  ['Redis and a bucket', redisWithBucket],
])('on %s', (_where, deploy) => {
  test('after an erasure no byte of URLs or pictures is left in stores, files and logs', {
    timeout: longTestTimeoutMs,
  }, async () => {
    const deployment = await deploy();
    const { gateway, ids, traces } = await swapPictures(deployment);
    // Otherwise the search would prove nothing.
    const before = foundIn(deployment, traces).map((found) => found.split(': ')[1]);
    expect(new Set(before)).toEqual(new Set(Object.keys(traces)));
    const erasures = await Promise.all(ids.map((id) => eraseSwap(gateway, id)));
    const done = { RECORD: 'DONE', FILES: 'DONE', UPLOADS: 'DONE', WEBHOOKS: 'DONE', MODELSLAB: 'DONE' };
    expect(erasures.map(statesOf)).toEqual(ids.map(() => done));
    await expect.poll(() => foundIn(deployment, traces), { timeout: 30_000 }).toEqual([]);
    expect(foundInLog(gateway, traces)).toEqual([]);
  });
});

describe.each([
  ['an embedded database and a disk', embedded],
  ['an embedded database and a bucket', embeddedWithBucket],
])('on %s', (_where, deploy) => {
  test('after expiry and the next sweep no byte of URLs or pictures is left', {
    timeout: longTestTimeoutMs,
  }, async () => {
    const deployment = await deploy();
    const { gateway, settings, traces } = await swapPictures(deployment);
    await gateway.gateway.close();
    expect(foundIn(deployment, traces)).not.toEqual([]);
    const clock = { ...systemClock, now: () => Date.now() + 40 * dayMs };
    const later = await startGateway(settings, { clock });
    await expect.poll(() => foundIn(deployment, traces), patience).toEqual([]);
    expect(foundInLog(later, traces)).toEqual([]);
  });
});

test('on Redis, after expiry and the daily rewrite of its files no byte of URLs or pictures is left', {
  timeout: longTestTimeoutMs,
}, async () => {
  const deployment = await redisWithBucket();
  const { gateway, settings, traces } = await swapPictures(deployment);
  await gateway.gateway.close();
  const client = createClient({ url: deployment.redis.url });
  await client.connect();
  onTestFinished(() => client.destroy());
  // By Redis' own clock, everything expires now instead of within 40 days.
  for (const key of await client.keys('*')) await client.pExpire(key, 1);
  await expect.poll(() => client.keys('*')).toEqual([]);
  expect(foundIn(deployment, traces)).not.toEqual([]);
  // For the gateway, too; and days pass within a second.
  const now = () => Date.now() + 40 * dayMs;
  const sleep = (ms: number, signal?: AbortSignal) => systemClock.sleep(ms === dayMs ? 1000 : ms, signal);
  const later = await startGateway(settings, { clock: { ...systemClock, now, sleep } });
  await expect.poll(() => foundIn(deployment, traces), patience).toEqual([]);
  expect(foundInLog(later, traces)).toEqual([]);
});
