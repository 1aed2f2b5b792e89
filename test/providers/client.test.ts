import { expect, onTestFinished, test } from 'vitest';
import { createModelsLabClient, type ModelsLabClientOptions } from '../../src/providers/modelslab/client.js';
import type { UnexpectedResponse } from '../../src/providers/modelslab/unexpected-responses.js';
import type { SubmitOutcome } from '../../src/swap/ports.js';
import { captureLog } from '../../testing/capture-log.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';

const image = 'https://images.example.com/1.jpg';
const request = { initImage: image, targetImage: image, referenceImage: image, watermark: true };
const token = '0f8fad5b-d9cb-469f-a165-70867728950e.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const webhookUrl = `https://gateway.example.com/webhooks/modelslab/${token}`;

async function start(options: Partial<ModelsLabClientOptions> = {}) {
  const stub = await startStubModelsLab();
  const { log, lines, text } = captureLog();
  const unexpected: UnexpectedResponse[] = [];
  const clock = { now: 0 };
  const client = createModelsLabClient({
    apiKey: 'test-key-of-modelslab',
    baseUrl: String(stub.env['MODELSLAB_BASE_URL']),
    log,
    monotonicNow: () => clock.now,
    onUnexpected: (response) => unexpected.push(response),
    ...options,
  });
  onTestFinished(() => client.close());
  const submit = (swapId = 'swap-1'): Promise<SubmitOutcome> =>
    client.submit(request, webhookUrl, { swapId });
  return { stub, client, submit, lines, text, unexpected, clock };
}

test('each paid POST uses a new connection; fetches reuse theirs', async () => {
  const { stub, client, submit } = await start();
  stub.handle(({ answer }) => answer(200, answers.processing(5)));
  for (const id of ['a', 'b', 'c']) await submit(id);
  for (let n = 0; n < 20; n++) await client.fetch({ modelsLabId: '5' });
  const ports = (kind: string): number =>
    new Set(stub.calls.filter(({ path }) => path.includes(kind)).map(({ remotePort }) => remotePort)).size;
  expect(ports('single_face_swap')).toBe(3);
  // Two: undici reuses a connection only in the next turn of the event loop.
  expect(ports('/fetch/')).toBeLessThanOrEqual(2);
});

test('ids are encoded in paths', async () => {
  const { stub, client } = await start();
  stub.handle(({ answer }) => answer(200, answers.processing(5)));
  await client.fetch({ modelsLabId: '../../v3/delete_image?a=b#c' });
  expect(stub.calls[0]?.path).toBe('/api/v6/deepfake/fetch/..%2F..%2Fv3%2Fdelete_image%3Fa%3Db%23c');
});

test('if the default path gives 404, the path from ModelsLab is used', async () => {
  const { stub, client, submit } = await start();
  const origin = new URL(String(stub.env['MODELSLAB_BASE_URL'])).origin;
  stub.handle(({ path, answer }) => {
    if (path.endsWith('single_face_swap'))
      answer(200, { ...answers.processing(5), fetch_result: `${origin}/api/v6/faceswap/fetch/5` });
    else if (path.includes('deepfake')) answer(404, answers.error('Request not found'));
    else answer(200, answers.success(5));
  });
  const outcome = await submit();
  expect(outcome).toMatchObject({ kind: 'processing', fetchPath: '/api/v6/faceswap/fetch/5' });
  if (outcome.kind !== 'processing') return;
  expect(await client.fetch(outcome)).toMatchObject({ kind: 'succeeded' });
  expect(await client.fetch({ modelsLabId: '5' })).toEqual({ kind: 'unavailable' });
});

test('a success with HTTP 500 is fetched a second time, and then trusted', async () => {
  const { stub, client } = await start();
  stub.handle(({ answer }) => answer(500, answers.success(5)));
  expect(await client.fetch({ modelsLabId: '5' })).toMatchObject({ kind: 'succeeded' });
  expect(stub.calls).toHaveLength(2);
});

test('a response after the timeout is used, and nothing is resent', async () => {
  const { stub, submit } = await start({ submitTimeoutMs: 100 });
  const outcome = await submit();
  expect(outcome).toEqual({ kind: 'unknown', late: expect.any(Promise) });
  (await stub.submission()).answer(200, answers.success(5));
  const { late } = outcome as { late: Promise<SubmitOutcome> };
  expect(await late).toMatchObject({ kind: 'succeeded', modelsLabId: '5' });
  expect(stub.calls).toHaveLength(1);
});

test('a late 429 does not cause a retry', async () => {
  const { stub, submit } = await start({ submitTimeoutMs: 100 });
  const { late } = (await submit()) as { late: Promise<SubmitOutcome> };
  (await stub.submission()).answer(429, answers.error('Rate limit exceeded.'));
  expect(await late).toEqual({ kind: 'unknown' });
});

test('late responses are awaited with a limit on number and time', async () => {
  const { stub, submit } = await start({ submitTimeoutMs: 50, lateMs: 300, maxLate: 1 });
  const first = await submit('a');
  expect(await submit('b')).toEqual({ kind: 'unknown' });
  expect(await (first as { late: Promise<SubmitOutcome> }).late).toEqual({ kind: 'unknown' });
  expect(await submit('c')).toMatchObject({ late: expect.any(Promise) });
  expect(stub.calls).toHaveLength(3);
});

test('closing stops waiting for late responses', async () => {
  const { client, submit } = await start({ submitTimeoutMs: 50 });
  const { late } = (await submit()) as { late: Promise<SubmitOutcome> };
  await client.close();
  expect(await late).toEqual({ kind: 'unknown' });
});

test('pauses after 429 grow from a second, once per pause, until a submission is accepted', async () => {
  const { stub, submit, clock } = await start();
  stub.handle(({ answer }) => answer(429, { ...answers.error('Rate limit exceeded.'), retry_after: 0 }));
  const pauses: unknown[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    const outcomes = await Promise.all([submit('a'), submit('b'), submit('c')]);
    const asked = outcomes.map((outcome) => ('retryAfterMs' in outcome ? outcome.retryAfterMs : 0));
    const [pause = 0] = asked;
    expect(asked).toEqual([pause, pause, pause]);
    pauses.push(pause);
    clock.now += pause;
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  stub.handle(({ answer }) => answer(200, answers.processing(5)));
  await submit();
  stub.handle(({ answer }) => answer(429, { ...answers.error('Rate limit exceeded.'), retry_after: 0 }));
  expect(await submit()).toEqual({ kind: 'not-accepted', retryAfterMs: 1000, pauses: 'account' });
});

test.each([
  ['seconds', { 'retry-after': '120' }, 120_000],
  [
    "a date, relative to the response's own date",
    { 'retry-after': 'Wed, 21 Oct 2015 07:29:00 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' },
    60_000,
  ],
  ['a date in the past', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 1000],
  ['a year', { 'retry-after': '31536000' }, 600_000],
  ['nonsense', { 'retry-after': 'soon' }, 5000],
])('Retry-After as %s is honored', async (_name, headers, retryAfterMs) => {
  const { stub, submit } = await start();
  stub.handle(({ answerRaw }) => answerRaw(429, headers as Record<string, string>, '<html>'));
  expect(await submit()).toEqual({ kind: 'not-accepted', retryAfterMs, pauses: 'account' });
});

test('after five outages submissions are held back until a poll gets a response or the time is over', async () => {
  const { stub, client, submit, clock } = await start({ breakForMs: 10_000 });
  stub.handle(({ answer }) => answer(503, answers.error('Service temporarily unavailable')));
  for (let attempt = 0; attempt < 5; attempt++) expect(await submit()).toEqual({ kind: 'unknown' });
  expect(client.isAvailable()).toBe(false);
  clock.now += 1000;
  // Not the remaining 9 s: a longer wait would miss that a poll got a response.
  expect(await submit()).toEqual({ kind: 'not-accepted', retryAfterMs: 1000, pauses: 'instance' });
  await client.fetch({ modelsLabId: '5' });
  expect(client.isAvailable()).toBe(false);
  stub.handle(({ path, answer }) =>
    path.includes('fetch') ? answer(200, answers.processing(5)) : answer(503, ''),
  );
  await client.fetch({ modelsLabId: '5' });
  expect(client.isAvailable()).toBe(true);

  // One more outage opens it again.
  expect(await submit()).toEqual({ kind: 'unknown' });
  expect(client.isAvailable()).toBe(false);
  // Polls prove nothing about submissions, each of which may be paid and lost.
  await client.fetch({ modelsLabId: '5' });
  expect(client.isAvailable()).toBe(false);
  clock.now += 10_000;
  stub.handle(({ answer }) => answer(200, answers.processing(5)));
  expect(await submit()).toMatchObject({ kind: 'processing' });
  expect(client.isAvailable()).toBe(true);
  expect(stub.submissions()).toHaveLength(7);
});

test('while a probe is in flight, others wait', async () => {
  const { stub, submit, clock } = await start({ breakAfter: 1, breakForMs: 10_000 });
  stub.handle(({ answer }) => answer(503, ''));
  await submit();
  stub.handle(() => undefined);
  clock.now += 10_000;
  const probe = submit();
  const { answer } = await stub.submission(1);
  expect(await submit()).toEqual({ kind: 'not-accepted', retryAfterMs: 1000, pauses: 'instance' });
  answer(200, answers.success(5));
  expect(await probe).toMatchObject({ kind: 'succeeded' });
});

test('a submission that the CDN could not deliver is retried, and counts as an outage', async () => {
  const { stub, client, submit } = await start({ breakAfter: 3 });
  stub.handle(({ answerRaw }) =>
    answerRaw(521, { server: 'cloudflare', 'cf-ray': '8a' }, '<html>521</html>'),
  );
  for (let attempt = 0; attempt < 3; attempt++)
    expect(await submit()).toMatchObject({ kind: 'not-accepted', pauses: 'instance' });
  expect(client.isAvailable()).toBe(false);
  const without = await start();
  without.stub.handle(({ answerRaw }) => answerRaw(521, {}, '<html>521</html>'));
  expect(await without.submit()).toEqual({ kind: 'unknown' });
});

test('a redirect is not followed, and its target is logged', async () => {
  const { stub, submit, lines, unexpected } = await start();
  const location = 'https://new.example/api/v9/single_face_swap';
  stub.handle(({ answerRaw }) => answerRaw(301, { location: `${location}?key=test-key-of-modelslab` }));
  expect(await submit()).toMatchObject({ kind: 'failed', error: { code: 'UPSTREAM_FAILED' } });
  expect(stub.calls).toHaveLength(1);
  expect(lines()).toContainEqual(expect.objectContaining({ level: 'error', location, swap: 'swap-1' }));
  expect(unexpected).toEqual([{ where: 'submit', kind: 'redirect' }]);
});

test('unexpected responses are counted each time and logged once per swap, without URLs and secrets', async () => {
  const { stub, client, submit, lines, text, unexpected } = await start();
  const secretUrl = 'https://cdn.example/secret-path/1.jpg';
  const escaped = JSON.stringify(secretUrl).replaceAll('/', '\\/');
  stub.handle(({ answerRaw }) =>
    answerRaw(
      200,
      {},
      `{"status":"odd","id":5,"a":${escaped},"b":"//cdn.example/secret-path","c":"${webhookUrl}","d":"data:image/png;base64,c2VjcmV0","key":"test-key-of-modelslab","fill":"${'x '.repeat(3000)}"}`,
    ),
  );
  await submit('a');
  await client.fetch({ modelsLabId: '5' }, { swapId: 'a' });
  await client.fetch({ modelsLabId: '5' }, { swapId: 'b' });
  client.readReport({ bytes: Buffer.from('hello') }, { swapId: 'c' });
  expect(unexpected).toEqual([
    { where: 'submit', kind: 'status' },
    { where: 'fetch', kind: 'status' },
    { where: 'fetch', kind: 'status' },
    { where: 'webhook', kind: 'unreadable' },
  ]);
  const logged = lines().filter(({ msg }) => msg === 'unexpected response from ModelsLab');
  expect(logged.map(({ swap }) => swap)).toEqual(['a', 'b', 'c']);
  for (const { body } of logged) expect(String(body).length).toBeLessThanOrEqual(2000);
  expect(String(logged[0]?.['body'])).toMatch(/https:\/\/cdn\.example\/…#[0-9a-f]{8}/);
  expect(text()).not.toMatch(/secret-path|webhooks|0f8fad5b|c2VjcmV0|test-key/);
});

test('a response with a wrong content length is read as far as it goes', async () => {
  const { stub, submit } = await start();
  stub.handle(({ response }) => {
    response.writeHead(200, { 'content-length': '9999' });
    response.write(JSON.stringify(answers.success(5)), () => response.destroy());
  });
  expect(await submit()).toMatchObject({ kind: 'succeeded', modelsLabId: '5' });
});
