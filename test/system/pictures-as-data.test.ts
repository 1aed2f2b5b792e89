import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { samples } from '../../samples/samples.js';
import { createSandbox } from '../../sandbox/sandbox.js';
import { freePort } from '../../testing/free-port.js';
import { samplePicture } from '../../testing/pictures.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap, swapMutation, watchToEnd } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { upload } from '../../testing/upload.js';

const foreign = {
  initImage: 'https://images.example.com/init.jpg',
  targetImage: 'https://images.example.com/target.jpg',
  referenceImage: 'https://images.example.com/reference.jpg',
};
const ownInput = (url: string) => ({ initImage: url, targetImage: url, referenceImage: url });

async function uploadPicture(gateway: TestGateway, name = 'ada') {
  const { picture } = await upload(gateway, samplePicture(name));
  const bytes = Buffer.from(await (await fetch(picture.url)).arrayBuffer());
  return { url: picture.url, base64: bytes.toString('base64') };
}

/** A host of pictures on loopback, which only these tests may read from. */
async function serve(handle: RequestListener): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

test('an upload reaches ModelsLab as data from a gateway on loopback, and leaves no trace but its URL', async () => {
  const stub = await startStubModelsLab();
  const DATA_DIR = temporaryFolder();
  const gateway = await startGateway({ ...stub.env, DATA_DIR, LOG_LEVEL: 'trace' });
  const [ada, bruno] = [await uploadPicture(gateway), await uploadPicture(gateway, 'bruno')];
  const input = { initImage: ada.url, targetImage: bruno.url, referenceImage: ada.url };
  const swap = await requestSwap(gateway, { ...input, trackId: 7 });
  const call = await stub.submission();
  expect(call.body).toMatchObject({
    key: 'test-key-of-modelslab',
    init_image: ada.base64,
    target_image: bruno.base64,
    reference_image: ada.base64,
    base64: true,
    watermark: true,
    track_id: 7,
  });
  call.answer(200, { ...answers.success(118), meta: { ...call.body, key: undefined } });
  const states = await watchToEnd(gateway, swap.id);
  expect(states.at(-1)).toMatchObject({ status: 'SUCCEEDED', ...input });
  expect(stub.submissions()).toHaveLength(1);
  const trace = ada.base64.slice(1000, 1100);
  expect(JSON.stringify(states)).not.toContain(trace);
  expect(gateway.logs.text()).not.toContain(trace);
  const stored = readdirSync(DATA_DIR, { withFileTypes: true }).filter((entry) => entry.isFile());
  expect(stored.length).toBeGreaterThan(0);
  for (const { name } of stored) expect(readFileSync(join(DATA_DIR, name), 'latin1')).not.toContain(trace);
});

test.each([
  ['auto', {}, foreign, false],
  [
    'auto',
    { PUBLIC_URL: 'https://swaps.example.com' },
    ownInput('https://swaps.example.com/samples/ada.jpg'),
    false,
  ],
  [
    'auto',
    { PUBLIC_URL: 'http://192.168.1.5:4000' },
    ownInput('http://192.168.1.5:4000/samples/ada.jpg'),
    true,
  ],
  [
    'auto',
    { PUBLIC_URL: 'https://swaps.example.com:8443' },
    ownInput('https://swaps.example.com:8443/samples/ada.jpg'),
    true,
  ],
  [
    'base64',
    { PUBLIC_URL: 'https://swaps.example.com' },
    ownInput('https://swaps.example.com/samples/ada.jpg'),
    true,
  ],
  ['url', {}, foreign, false],
] as const)('MODELSLAB_IMAGES=%s with %o submits %o, as data: %s', async (mode, env, input, isData) => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway({ ...stub.env, ...env, MODELSLAB_IMAGES: mode });
  await requestSwap(gateway, input);
  const { body, answer } = await stub.submission();
  answer(200, answers.success(1));
  expect('base64' in body).toBe(isData);
  if (isData) expect(body['init_image']).toBe(samplePicture('ada').toString('base64'));
  else expect(body['init_image']).toBe(input.initImage);
});

test.each([
  ['auto', undefined, true],
  ['base64', undefined, true],
  ['url', undefined, false],
  ['url', 'https://swaps.example.com', true],
])(
  'MODELSLAB_IMAGES=%s with PUBLIC_URL %s: pictures are reachable: %s',
  async (mode, publicUrl, isReachable) => {
    const stub = await startStubModelsLab();
    const gateway = await startGateway({
      ...stub.env,
      MODELSLAB_IMAGES: mode,
      ...(publicUrl !== undefined && { PUBLIC_URL: publicUrl }),
    });
    const { data } = await gateway.graphql('{ samples { url } gatewayStatus { picturesReachable } }');
    expect(data).toMatchObject({ gatewayStatus: { picturesReachable: isReachable } });
    expect(data?.['samples']).toHaveLength(isReachable ? samples.length : 0);
    const { errors } = await gateway.graphql(swapMutation, {
      input: ownInput(`${gateway.url}/samples/ada.jpg`),
    });
    expect(errors?.[0]?.extensions['code']).toBe(mode === 'url' ? 'BAD_USER_INPUT' : undefined);
  },
);

test('other pictures on loopback are refused as before', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway({ ...stub.env, MODELSLAB_IMAGES: 'base64' });
  const other = await serve((_request, response) => response.end(samplePicture('ada')));
  for (const url of [
    `${other.url}/uploads/${'0'.repeat(32)}.jpg`,
    `${gateway.url}/metrics`,
    'http://169.254.169.254/',
  ]) {
    const { errors } = await gateway.graphql(swapMutation, { input: ownInput(url) });
    expect(errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  }
  expect(other.paths).toEqual([]);
});

test('with an upload among the inputs, the pictures of other hosts are sent as data, too, each read once', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway(stub.env, { acceptsLoopback: true });
  const host = await serve((_request, response) => response.end(samplePicture('bruno')));
  const ada = await uploadPicture(gateway);
  const url = `${host.url}/bruno.jpg`;
  await requestSwap(gateway, { initImage: url, targetImage: ada.url, referenceImage: url });
  const { body, answer } = await stub.submission();
  answer(200, answers.success(1));
  const bruno = samplePicture('bruno').toString('base64');
  expect(body).toMatchObject({ init_image: bruno, target_image: ada.base64, reference_image: bruno });
  expect(host.paths).toEqual(['/bruno.jpg']);
});

const large = Buffer.concat([samplePicture('ada'), Buffer.alloc(10 * 1024 * 1024)]);
test.each<[string, RequestListener, RegExp]>([
  ['is gone', (_request, response) => response.writeHead(404).end(), /^targetImage could not be read/],
  ['is too large', (_request, response) => response.end(large), /^targetImage is too large/],
  ['is no picture', (_request, response) => response.end('<html>'), /^targetImage is not a picture/],
  [
    'is behind a redirect',
    (_request, response) => response.writeHead(302, { location: '/other.jpg' }).end(),
    /^targetImage could not be read/,
  ],
  ['breaks off', (request) => request.socket.destroy(), /^targetImage could not be read/],
])('a swap fails unpaid when a picture of another host %s', async (_what, handle, message) => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway({ ...stub.env, MODELSLAB_IMAGES: 'base64' }, { acceptsLoopback: true });
  const host = await serve(handle);
  const sample = `${gateway.url}/samples/ada.jpg`;
  const swap = await requestSwap(
    gateway,
    { initImage: sample, targetImage: `${host.url}/a.jpg`, referenceImage: sample },
    { wait: 20 },
  );
  expect(swap).toMatchObject({ status: 'FAILED', error: { code: 'IMAGE_UNREADABLE', retryable: false } });
  expect(swap.error?.message).toMatch(message);
  expect(swap.error?.message).not.toContain('127.0.0.1');
  expect(stub.submissions()).toEqual([]);
  expect(host.paths).toHaveLength(1);
});

test('a swap whose upload has vanished by its turn fails unpaid, and the next one goes on', async () => {
  const stub = await startStubModelsLab();
  const DATA_DIR = temporaryFolder();
  const gateway = await startGateway({ ...stub.env, DATA_DIR, MODELSLAB_QUEUE_LIMIT: '1' });
  const [kept, gone] = [await uploadPicture(gateway), await uploadPicture(gateway, 'bruno')];
  await requestSwap(gateway, ownInput(kept.url));
  const first = await stub.submission();
  const doomed = await requestSwap(gateway, ownInput(gone.url));
  const last = await requestSwap(gateway, ownInput(`${gateway.url}/samples/hana.jpg`));
  rmSync(join(DATA_DIR, 'uploads', new URL(gone.url).pathname.slice('/uploads/'.length)));
  first.answer(200, answers.success(1));
  const [end] = (await watchToEnd(gateway, doomed.id)).slice(-1);
  expect(end).toMatchObject({ status: 'FAILED', error: { code: 'IMAGE_UNREADABLE' } });
  expect(end?.error?.message).toMatch(/^initImage is no longer stored/);
  const { body, answer } = await stub.submission(1);
  expect(body['init_image']).toBe(samplePicture('hana').toString('base64'));
  answer(200, answers.success(2));
  expect((await watchToEnd(gateway, last.id)).at(-1)?.status).toBe('SUCCEEDED');
  expect(stub.submissions()).toHaveLength(2);
});

test('a submission that was not accepted is built again, also after a restart', async () => {
  const stub = await startStubModelsLab();
  const PORT = String(await freePort());
  const env = { ...stub.env, DATA_DIR: temporaryFolder(), PORT };
  const gateway = await startGateway(env);
  const { url, base64 } = await uploadPicture(gateway);
  const swap = await requestSwap(gateway, ownInput(url));
  const busy = { ...answers.error('Rate limit exceeded.'), retry_after: 1 };
  (await stub.submission()).answer(429, busy);
  (await stub.submission(1)).answer(429, { ...busy, retry_after: 2 });
  await expect.poll(() => readSwap(gateway, swap.id)).toMatchObject({ status: 'QUEUED' });
  await gateway.gateway.close();
  const next = await startGateway(env);
  const call = await stub.submission(2);
  for (const { body } of stub.submissions()) expect(body).toMatchObject({ base64: true, init_image: base64 });
  call.answer(200, answers.success(3));
  expect((await watchToEnd(next, swap.id)).at(-1)?.status).toBe('SUCCEEDED');
  expect(stub.submissions()).toHaveLength(3);
});

test.each<[string, (text: string) => [Record<string, string>, Buffer]]>([
  ['plain', (text) => [{}, Buffer.from(text)]],
  ['with escaped slashes', (text) => [{}, Buffer.from(text.replaceAll('/', '\\/'))]],
  ['compressed', (text) => [{ 'content-encoding': 'gzip' }, gzipSync(text, { level: 1 })]],
])('a paid result is read although the response repeats megabytes of pictures: %s', async (_what, encode) => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway(stub.env);
  const noise = await sharp(randomBytes(1500 * 1000 * 3), { raw: { width: 1500, height: 1000, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const { picture } = await upload(gateway, noise);
  const swap = await requestSwap(gateway, ownInput(picture.url));
  const call = await stub.submission();
  const { key: _key, ...echo } = call.body;
  const text = JSON.stringify({ ...answers.success(9), meta: { ...echo, seed: 7 } });
  expect(text.length).toBeGreaterThan(4_000_000);
  const [headers, bytes] = encode(text);
  call.answerRaw(200, { 'content-type': 'application/json', ...headers }, bytes);
  const [end] = (await watchToEnd(gateway, swap.id)).slice(-1);
  expect(end).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '9', meta: { seed: 7 } });
});

test('an error message that repeats a picture reaches neither clients nor the log with it', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway({ ...stub.env, LOG_LEVEL: 'trace' });
  const swap = await requestSwap(gateway, ownInput(`${gateway.url}/samples/ada.jpg`));
  const call = await stub.submission();
  const data = String(call.body['init_image']);
  call.answer(400, answers.error(`Unable to fetch image from provided URL: ${data.slice(0, 3000)}`));
  const [end] = (await watchToEnd(gateway, swap.id)).slice(-1);
  expect(end).toMatchObject({ status: 'FAILED', error: { code: 'IMAGE_UNREADABLE' } });
  const trace = data.slice(100, 160);
  expect(JSON.stringify(end)).not.toContain(trace);
  expect(gateway.logs.text()).not.toContain(trace);
});

test('the sandbox, used as ModelsLab, swaps pictures that were sent as data', async () => {
  const sandbox = await createSandbox({ apiKey: 'sandbox-key' });
  onTestFinished(() => sandbox.close());
  const gateway = await startGateway({
    ARCHIVE: 'off',
    MODELSLAB_API_KEY: 'sandbox-key',
    MODELSLAB_BASE_URL: sandbox.baseUrl,
  });
  const [ada, bruno] = [await uploadPicture(gateway), await uploadPicture(gateway, 'bruno')];
  const swap = await requestSwap(
    gateway,
    { initImage: ada.url, targetImage: bruno.url, referenceImage: ada.url },
    { wait: 30 },
  );
  expect(swap.status).toBe('SUCCEEDED');
  expect(sandbox.submissions().at(-1)?.initImage).toBe('[base64]');
});
