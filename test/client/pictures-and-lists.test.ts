import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createUploader } from '../../packages/client/src/uploads.js';
import { samplePicture } from '../../testing/pictures.js';
import { startSwapClient } from '../../testing/start-swap-client.js';
import { answers } from '../../testing/stub-modelslab.js';
import { images } from '../../testing/swap-client.js';

test.each([
  ['a Blob', (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes])],
  ['a File', (bytes: Uint8Array<ArrayBuffer>) => new File([bytes], 'ada.jpg')],
  ['bytes', (bytes: Uint8Array<ArrayBuffer>) => bytes],
  [
    'a buffer',
    (bytes: Uint8Array<ArrayBuffer>) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  ],
])('%s is uploaded, and can be used in a swap', async (_name, wrap) => {
  const { client, gateway } = await startSwapClient({ MODELSLAB_API_KEY: '', MODELSLAB_BASE_URL: '' });
  const bytes = new Uint8Array(samplePicture('ada'));
  const { url, width, height } = await client.upload(wrap(bytes));
  expect(url).toMatch(/^http.*\/uploads\/\w+\.jpg$/);
  expect(await (await fetch(url)).arrayBuffer().then((stored) => stored.byteLength)).toBeGreaterThan(100);
  expect(Math.min(width, height)).toBeGreaterThan(0);
  expect(await createUploader({ url: gateway.url })(wrap(bytes))).toMatchObject({ width, height });
});

test('what is not a picture, and what is too large, is reported by code', async () => {
  const { client } = await startSwapClient();
  await expect(client.upload(new Blob(['text']))).rejects.toMatchObject({
    code: 'PICTURE_TYPE_NOT_SUPPORTED',
  });
  const large = new Uint8Array(11 * 1024 * 1024);
  await expect(client.upload(large)).rejects.toMatchObject({ code: 'PICTURE_TOO_LARGE' });
});

test("React Native's pictures go into the form as they are", async () => {
  const { client } = await startSwapClient();
  const appended: unknown[] = [];
  const { append } = FormData.prototype;
  onTestFinished(() => {
    FormData.prototype.append = append;
  });
  FormData.prototype.append = function (this: FormData, name: string, value: unknown) {
    appended.push([name, value]);
    append.call(this, name, new Blob(['as native code would read it']));
  } as typeof append;
  await expect(client.upload({ uri: 'file:///ada.jpg' })).rejects.toMatchObject({
    code: 'PICTURE_TYPE_NOT_SUPPORTED',
  });
  expect(appended).toEqual([['file', { uri: 'file:///ada.jpg', name: 'picture', type: 'image/jpeg' }]]);
});

test('an upload whose response was lost is repeated', async () => {
  const { client, network } = await startSwapClient();
  await client.gatewayStatus();
  network.loseNextAnswer();
  expect(await client.upload(new Uint8Array(samplePicture('ada')))).toMatchObject({
    url: expect.any(String),
  });
});

test('swaps are listed page by page, by state and by time', async () => {
  const { client, modelsLab } = await startSwapClient();
  modelsLab.handle((call) => call.answer(200, answers.success(950 + modelsLab.submissions().length)));
  const ids: string[] = [];
  for (const trackId of [1, 2, 3]) ids.unshift((await client.swap({ ...images, trackId })).id);
  const first = await client.list({ first: 2 });
  expect({ ids: first.swaps.map(({ id }) => id), more: first.hasNextPage }).toEqual({
    ids: ids.slice(0, 2),
    more: true,
  });
  const second = await client.list({ first: 2, after: first.endCursor });
  expect({ ids: second.swaps.map(({ id }) => id), more: second.hasNextPage }).toEqual({
    ids: ids.slice(2),
    more: false,
  });
  expect((await client.list({ status: ['FAILED'] })).swaps).toEqual([]);
  expect((await client.list({ createdAfter: '2999-01-01T00:00:00Z' })).swaps).toEqual([]);
});

test('wait is one request, which ends with the swap or with its time', async () => {
  const { client, modelsLab } = await startSwapClient();
  const accepted = await client.request(images);
  expect(accepted.status).toMatch(/QUEUED|PROCESSING/);
  (await modelsLab.submission()).answer(200, answers.processing(960));
  expect(await client.wait(accepted.id, { seconds: 1 })).toMatchObject({ status: 'PROCESSING' });
  const finished = client.wait(accepted.id, { seconds: 30 });
  await modelsLab.sendWebhook(answers.success(960));
  expect(await finished).toMatchObject({ id: accepted.id, status: 'SUCCEEDED' });
  expect(await client.wait('nobody', { seconds: 30 })).toBeNull();
});

test('request returns the finished swap if it waits long enough, and the same swap for the same input', async () => {
  const { client, modelsLab } = await startSwapClient();
  const first = await client.request(images);
  const again = client.request(images, { wait: 30 });
  (await modelsLab.submission()).answer(200, answers.success(961));
  expect(await again).toMatchObject({ id: first.id, status: 'SUCCEEDED' });
  expect(modelsLab.submissions()).toHaveLength(1);
});

test('an erased swap is reported part by part, again and again', async () => {
  const { client, modelsLab } = await startSwapClient();
  modelsLab.handle((call) => call.answer(200, answers.success(962)));
  const { id } = await client.swap(images);
  const first = await client.erase(id);
  expect(first).toMatchObject({ id, erasedAt: expect.any(String) });
  expect(first.parts.map(({ what }) => what)).toContain('RECORD');
  expect(await client.erase(id)).toMatchObject({ id, erasedAt: first.erasedAt });
  expect(await client.get(id)).toMatchObject({ id, erasedAt: first.erasedAt, output: [] });
  await expect(client.erase('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('samples are those of the gateway', async () => {
  const { client } = await startSwapClient({ MODELSLAB_API_KEY: '' });
  expect(await client.samples()).toEqual(
    expect.arrayContaining([
      { url: expect.stringMatching(/^http/), title: expect.any(String), faces: expect.any(Number) },
    ]),
  );
});

test('a signal aborts each kind of call with its reason', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { createSwapClient } = await import('../../packages/client/src/index.js');
  const client = createSwapClient({ url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
  const leaving = new AbortController();
  const { signal } = leaving;
  const calls = [
    client.swap(images, { signal }),
    client.request(images, { signal }),
    client.watch('one', { signal }),
    client.wait('one', { signal }),
    client.get('one', { signal }),
    client.list({ signal }),
    client.samples({ signal }),
    client.upload(new Blob(['a']), { signal }),
    client.cancel('one', { signal }),
    client.gatewayStatus({ signal }),
  ].map((call) => expect(call).rejects.toBe('left'));
  setImmediate(() => leaving.abort('left'));
  await Promise.all(calls);
});
