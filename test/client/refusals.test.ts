import { expect, onTestFinished, test, vi } from 'vitest';
import { createSwapClient } from '../../packages/client/src/index.js';
import { startSwapClient } from '../../testing/start-swap-client.js';
import { answers } from '../../testing/stub-modelslab.js';
import { images } from '../../testing/swap-client.js';

test('a daily quota that is used up is reported at once, with the time until the next day', async () => {
  const { client, modelsLab } = await startSwapClient({ SWAPS_PER_DAY: '1' });
  modelsLab.handle((call) => call.answer(200, answers.success(801)));
  expect(await client.swap(images)).toMatchObject({ status: 'SUCCEEDED' });
  const since = Date.now();
  const refused = client.swap({ ...images, trackId: 2 });
  await expect(refused).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: expect.any(Number) });
  expect((await refused.catch((error) => error)).retryAfter).toBeGreaterThan(30);
  expect(Date.now() - since).toBeLessThan(2000);
  expect(await client.pending()).toEqual([]);
});

/** A gateway that refuses everything with this error. */
function refusing(code: string, retryAfter: number | undefined, status = 200) {
  let requests = 0;
  const fetch = async (): Promise<Response> => {
    requests++;
    const errors = [{ message: 'Not now.', extensions: { code, retryAfter } }];
    const headers = { 'retry-after': String(retryAfter) };
    return code === 'html'
      ? new Response('<h1>Later</h1>', { status, headers })
      : Response.json({ errors }, { status, headers });
  };
  const client = createSwapClient({ url: 'https://swaps.example.com', fetch });
  return { client, requests: () => requests };
}

test.each([
  ['RATE_LIMITED', 86_400, 1],
  ['RATE_LIMITED', 31, 1],
  ['UNAVAILABLE', 3600, 1],
  ['html', 3600, 1],
  ['RATE_LIMITED', 1e12, 1],
  ['RATE_LIMITED', 12, 3],
  ['RATE_LIMITED', undefined, 9],
  ['QUEUE_FULL', 5, 1],
] as const)(
  '%s with a retry after %s s ends after %s or more requests, within 30 s',
  async (code, retryAfter, requests) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const gateway = refusing(code, retryAfter, code === 'html' ? 503 : 200);
    const since = Date.now();
    const ended = gateway.client.swap(images).catch((error: unknown) => ({ error, ms: Date.now() - since }));
    await vi.advanceTimersByTimeAsync(60_000);
    const { error, ms } = (await ended) as { error: unknown; ms: number };
    expect(error).toMatchObject({ code: code === 'html' ? 'UNREACHABLE' : code });
    expect(ms).toBeLessThanOrEqual(30_000);
    expect(gateway.requests()).toBeGreaterThanOrEqual(requests);
    if (requests < 9) expect(gateway.requests()).toBe(requests);
  },
);

test('a limit that passes soon is waited for', async () => {
  const { client } = await startSwapClient({ RATE_LIMIT: '10' });
  const ids = Array.from({ length: 70 }, (_, index) => `nobody-${index}`);
  expect(await Promise.all(ids.map((id) => client.get(id)))).toEqual(ids.map(() => null));
});

test.each<[string, unknown, number, string]>([
  ['errors of another form', { errors: [{ status: '502', title: 'Bad Gateway' }] }, 502, 'UNREACHABLE'],
  ['errors that are text', { errors: 'upstream timed out' }, 504, 'UNREACHABLE'],
  ['errors of another form in too many requests', { errors: [{ title: 'Slow down' }] }, 429, 'UNREACHABLE'],
  ['a list', [1], 503, 'UNREACHABLE'],
  ['null among the errors', { errors: [null] }, 502, 'UNREACHABLE'],
  [
    'errors without codes in a response that is none of a proxy',
    { errors: [{ message: 'No' }] },
    400,
    'BAD_ANSWER',
  ],
  ['no errors', { errors: [], data: null }, 200, 'BAD_ANSWER'],
])('a proxy that responds with %s is reported by code', async (_what, body, status, code) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  let requests = 0;
  const client = createSwapClient({
    url: 'https://swaps.example.com',
    fetch: async () => {
      requests++;
      return Response.json(body, { status });
    },
    attempts: 3,
  });
  const failed = client.get('one').catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await failed).toMatchObject({ name: 'SwapClientError', code });
  expect(requests).toBe(code === 'UNREACHABLE' ? 3 : 1);
});
