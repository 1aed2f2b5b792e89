import { afterEach, expect, it } from 'vitest';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/sandbox.js';

const open: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const faults = { latencyMs: [0, 0] as [number, number], ...options.faults };
  const sandbox = await createSandbox({ render: false, firstId: 700, ...options, faults });
  open.push(sandbox);
  return sandbox;
}

async function post(url: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const swap = {
  key: 'any',
  init_image: ' https://example.com/init.jpg',
  target_image: 'https://example.com/target.jpg',
  reference_image: 'https://example.com/reference.jpg',
};
const submit = (sandbox: Sandbox, change: object = {}) =>
  post(`${sandbox.baseUrl}/single_face_swap`, { ...swap, ...change });
const atOnce = { successAtOnce: 1, generationMs: [0, 0] as [number, number] };
const never = { generationMs: [600_000, 600_000] as [number, number] };

it('responds with processing, eta, links and the URL to poll', async () => {
  const sandbox = await start({ faults: never });
  const { status, body } = await submit(sandbox);
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'processing', eta: 600, id: 700, output: [], meta: {} });
  expect(body['fetch_result']).toBe(`${sandbox.baseUrl}/fetch/700`);
  expect(body['future_links']).toEqual([expect.stringMatching(/\/generations\/[\da-f-]{36}\.jpg$/)]);
  expect(body).toHaveProperty('tip');
  expect(body).toHaveProperty('message');
});

it('responds with success at once in the documented shape, with a picture behind the link', async () => {
  const sandbox = await start({ faults: atOnce });
  const { body } = await submit(sandbox, { watermark: false });
  expect(body).toMatchObject({
    status: 'success',
    generationTime: expect.any(Number),
    id: 700,
    meta: {
      init_image: 'https://example.com/init.jpg',
      temp: 'no',
      watermark: 'no',
      model_save_format: 'jpg',
    },
  });
  expect(body['proxy_links']).toEqual(body['output']);
  const picture = await fetch((body['output'] as string[])[0] ?? '');
  expect(picture.headers.get('content-type')).toBe('image/jpeg');
});

it.each(['/api/v6/faceswap', '/api/v1/enterprise/deepfake'])('serves the same API under %s', async (base) => {
  const sandbox = await start({ faults: atOnce });
  expect((await post(`${sandbox.url}${base}/single_face_swap`, swap)).body['status']).toBe('success');
  expect((await post(`${sandbox.url}${base}/fetch/700`, { key: 'any' })).body['status']).toBe('success');
});

it.each([
  ['a missing image', { target_image: undefined }],
  ['an image that is not a URL', { init_image: 'photo.jpg' }],
  ['an image with another protocol', { reference_image: 'file:///etc/passwd' }],
  ['a webhook that is not a URL', { webhook: 'me' }],
  ['a track_id that is not an integer', { track_id: 'seven' }],
])('rejects %s with 400 and accepts nothing', async (_case, change) => {
  const sandbox = await start();
  const { status, body } = await submit(sandbox, change);
  expect(status).toBe(400);
  expect(body).toEqual({ status: 'error', message: expect.any(String) });
  expect(sandbox.submissions()).toEqual([]);
});

it('responds with 401 to a wrong key, for submit and fetch', async () => {
  const sandbox = await start({ apiKey: 'right' });
  const refused = { status: 401, body: { status: 'error', message: 'Invalid API key' } };
  expect(await submit(sandbox, { key: 'wrong' })).toEqual(refused);
  expect(await post(`${sandbox.baseUrl}/fetch/1`, { key: 'wrong' })).toEqual(refused);
});

it('rejects a submit over the queue limit with 429 and retry_after', async () => {
  const sandbox = await start({ queueLimit: 2, faults: { ...never, retryAfterS: 7 } });
  const answers = await Promise.all([submit(sandbox), submit(sandbox), submit(sandbox)]);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toEqual({
    status: 'error',
    message: 'Rate limit exceeded. Maximum 2 queued requests allowed.',
    retry_after: 7,
  });
  expect(sandbox.submissions()).toHaveLength(2);
  expect(sandbox.peakQueued()).toBe(2);
});

it('never exceeds its limit, however many submits race for the last slot', async () => {
  const sandbox = await start({ queueLimit: 5, faults: never });
  const answers = await Promise.all(Array.from({ length: 60 }, () => submit(sandbox)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(sandbox.peakQueued()).toBe(5);
});

it('counts slots held by other programs on the account', async () => {
  const sandbox = await start({ queueLimit: 2, faults: { othersQueued: 2 } });
  expect((await submit(sandbox)).status).toBe(429);
});

it('a fetch gives processing, then success, and an error for an unknown id', async () => {
  const sandbox = await start({ faults: { ...atOnce, fetchStale: 1 } });
  await submit(sandbox);
  const ask = (id: number) => post(`${sandbox.baseUrl}/fetch/${id}`, { key: 'any' });
  expect((await ask(700)).body['status']).toBe('processing');
  sandbox.setFaults({ fetchStale: 0 });
  expect((await ask(700)).body['status']).toBe('success');
  expect(await ask(1)).toEqual({ status: 404, body: { status: 'error', message: 'Request not found' } });
  expect(sandbox.submissions()).toHaveLength(1);
});

it('supports the other dialect: ids as text, messege, error for failed, errors with status 200', async () => {
  const faults = { ...atOnce, idAsString: 1, messege: 1, failedAsError: 1, errorsAs200: 1, noFace: 1 };
  const sandbox = await start({ faults });
  const { body } = await submit(sandbox);
  const messege = 'No face detected in the provided image';
  expect(body).toEqual({ status: 'error', id: '700', messege, output: [] });
  expect(await submit(sandbox, { key: '' })).toEqual({
    status: 200,
    body: { status: 'error', messege: 'Invalid API key' },
  });
});

it('logs each accepted submission with its outcome', async () => {
  const sandbox = await start({ faults: atOnce });
  await submit(sandbox, { track_id: 12 });
  expect(sandbox.submissions()).toEqual([
    expect.objectContaining({
      ordinal: 1,
      id: 700,
      trackId: 12,
      webhook: null,
      initImage: 'https://example.com/init.jpg',
      outcome: 'success',
      output: [expect.stringContaining(sandbox.url)],
      finishedAt: expect.any(Number),
    }),
  ]);
});

it('shows log, peak, injected faults and settings to other processes on this machine', async () => {
  const sandbox = await start({ faults: atOnce });
  await submit(sandbox);
  const read = async (path: string) => (await fetch(`${sandbox.url}/_sandbox/${path}`)).json();
  expect(await read('submissions')).toEqual({ submissions: sandbox.submissions() });
  expect(await read('peak')).toEqual({ peakQueued: 1, queued: 0 });
  expect(await read('injected')).toEqual({ injected: { successAtOnce: 1 } });
  const put = (change: object) =>
    fetch(`${sandbox.url}/_sandbox/faults`, { method: 'PUT', body: JSON.stringify(change) });
  expect((await put({ busy: 1 })).status).toBe(200);
  expect((await submit(sandbox)).status).toBe(429);
  const refused = await put({ bussy: 1 });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(await refused.json())).toContain('bussy');
});

it('uses the configured public URL for links', async () => {
  const sandbox = await start({ publicUrl: 'https://sandbox.example/', faults: atOnce });
  const { body } = await submit(sandbox);
  expect((body['output'] as string[])[0]).toMatch(/^https:\/\/sandbox\.example\/generations\//);
});
