import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox({ render: false });
});
afterAll(() => sandbox.close());

const link =
  'https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/generations/964bd881-f141-4e8f-b240-b7f48132a998.jpg';
const request = {
  key: 'published',
  init_image: ' https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/generations/init.jpg',
  target_image: 'https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/generations/target.jpg',
  reference_image: 'https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/generations/reference.jpg',
  watermark: true,
  webhook: null,
  track_id: null,
};
const published = {
  status: 'success',
  generationTime: 2.71,
  id: 118409305,
  output: [link],
  proxy_links: [link],
  meta: { seed: 2154158797, temp: 'no', watermark: 'yes', watermark_image: null },
};

async function post(path: string, body: unknown) {
  const response = await fetch(`${sandbox.baseUrl}/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

it('responds to the documented request with the documented response, for submit and fetch', async () => {
  sandbox.next({ match: { key: 'published' }, submit: { body: published } });
  expect(await post('single_face_swap', request)).toEqual({ status: 200, body: published });
  expect(await post('fetch/118409305', { key: 'published' })).toEqual({ status: 200, body: published });
  expect(sandbox.submissions().at(-1)).toMatchObject({ id: 118409305, outcome: 'success', output: [link] });
});

it('handles requests that do not match normally, and uses each exchange once', async () => {
  const busy = { status: 'error', message: 'scripted' };
  sandbox.next({ match: { track_id: 4 }, submit: { status: 429, body: busy } });
  const scripted = { ...request, track_id: 4 };
  expect((await post('single_face_swap', { ...request, track_id: 3 })).body['status']).toBe('processing');
  expect(await post('single_face_swap', scripted)).toEqual({ status: 429, body: busy });
  expect((await post('single_face_swap', scripted)).body['status']).toBe('processing');
});

it('plays processing, fetches in turn and a webhook verbatim', async () => {
  const hook = createServer().listen(0, '127.0.0.1');
  await once(hook, 'listening');
  const received = once(hook, 'request');
  const webhook = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  const processing = { status: 'processing', id: 31, eta: 1 };
  sandbox.next({ submit: { body: processing }, fetch: [processing, published], webhook: published });
  expect((await post('single_face_swap', { ...request, webhook })).body).toEqual(processing);
  const [incoming, response] = await received;
  let text = '';
  for await (const chunk of incoming) text += chunk;
  response.end();
  expect(JSON.parse(text)).toEqual(published);
  expect((await post('fetch/31', {})).body).toEqual(processing);
  expect((await post('fetch/31', {})).body).toEqual(published);
  expect((await post('fetch/31', {})).body).toEqual(published);
  hook.close();
});

it('accepts an exchange from another process, and rejects a malformed one', async () => {
  const put = (body: unknown) =>
    fetch(`${sandbox.url}/_sandbox/next`, { method: 'POST', body: JSON.stringify(body) });
  expect((await put({ submit: { body: published } })).status).toBe(200);
  expect((await post('single_face_swap', request)).body).toEqual(published);
  expect(sandbox.submissions().filter(({ id }) => id === published.id)).toHaveLength(2);
  expect((await put({ answer: {} })).status).toBe(400);
});
