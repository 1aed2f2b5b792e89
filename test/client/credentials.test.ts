import { expect, onTestFinished, test } from 'vitest';
import { createSwapClient } from '../../packages/client/src/index.js';
import { createToken } from '../../testing/client-tokens.js';
import { keysFor } from '../../testing/gateway-keys.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { seeStates } from '../../testing/start-swap-client.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images } from '../../testing/swap-client.js';

const env = { GATEWAY_API_KEYS: keysFor('shop') };

/** A client whose tokens a route of the shop's server creates, as a page would get them. */
function clientWithTokens(
  gateway: TestGateway,
  tokens: () => Promise<string | { token: string; expiresAt: string }>,
) {
  let calls = 0;
  const client = createSwapClient({
    url: gateway.url,
    getToken: () => {
      calls++;
      return tokens();
    },
  });
  onTestFinished(() => client.close());
  return { client, calls: () => calls };
}

test('a token is fetched once for requests, sockets and uploads, even at the same time', async () => {
  const gateway = await startGateway(env);
  const { client, calls } = clientWithTokens(gateway, () => createToken(gateway, 'shop', 'ada'));
  await Promise.all([client.list(), client.samples(), client.get('one')]);
  await expect(client.watch('one')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(calls()).toBe(1);
});

test('a token that the gateway rejects is replaced once, by every kind of call', async () => {
  const gateway = await startGateway(env);
  const calls = [
    (client: ReturnType<typeof createSwapClient>) => client.list(),
    (client: ReturnType<typeof createSwapClient>) => client.gatewayStatus(),
    (client: ReturnType<typeof createSwapClient>) => client.cancel('one').catch(notFound),
    (client: ReturnType<typeof createSwapClient>) => client.watch('one').catch(notFound),
    (client: ReturnType<typeof createSwapClient>) => client.upload(new Blob(['no'])).catch(unreadable),
  ];
  for (const call of calls) {
    const tokens = [async () => 'old', () => createToken(gateway, 'shop', 'ada')];
    const page = clientWithTokens(gateway, () => (tokens.shift() ?? (async () => 'third'))());
    await call(page.client);
    expect(page.calls()).toBe(2);
    const never = clientWithTokens(gateway, async () => 'wrong');
    await expect(never.client.list()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(never.calls()).toBe(2);
  }
});

const notFound = ({ code }: { code: string }) => expect(code).toBe('NOT_FOUND');
const unreadable = ({ code }: { code: string }) => expect(code).toBe('PICTURE_TYPE_NOT_SUPPORTED');

test('a token is replaced shortly before it expires', async () => {
  const gateway = await startGateway(env);
  let lifetimeMs = 5000;
  const { client, calls } = clientWithTokens(gateway, async () => ({
    token: await createToken(gateway, 'shop', 'ada'),
    expiresAt: new Date(Date.now() + lifetimeMs).toISOString(),
  }));
  await client.list();
  lifetimeMs = 60_000;
  await client.list();
  await client.list();
  expect(calls()).toBe(2);
});

test('a swap is followed beyond the expiry of the token', async () => {
  const modelsLab = await startStubModelsLab();
  const gateway = await startGateway({ ...env, ...modelsLab.env });
  const { client, calls } = clientWithTokens(gateway, () =>
    createToken(gateway, 'shop', 'ada', { ttlSeconds: calls() === 1 ? 1 : 600 }),
  );
  const states = seeStates();
  const finished = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(901));
  await states.reached('PROCESSING');
  await expect.poll(calls).toBe(2);
  await modelsLab.sendWebhook(answers.success(901));
  expect(await finished).toMatchObject({ status: 'SUCCEEDED' });
});

test('a getToken that fails is tried twice, and its error is the cause', async () => {
  const gateway = await startGateway(env);
  const signedOut = new Error('signed out');
  const { client, calls } = clientWithTokens(gateway, async () => {
    throw signedOut;
  });
  await expect(client.list()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', cause: signedOut });
  expect(calls()).toBe(2);
  await expect(client.watch('one')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('an API key may end with a line break, as in a file', async () => {
  const gateway = await startGateway(env);
  const client = createSwapClient({ url: gateway.url, apiKey: 'shop-key\n' });
  onTestFinished(() => client.close());
  expect((await client.list()).swaps).toEqual([]);
  await expect(client.watch('one')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a call that waits for a token that never comes can be aborted', async () => {
  const client = createSwapClient({
    url: 'https://swaps.example.com',
    getToken: () => new Promise<string>(() => undefined),
    fetch: () => expect.fail('a request'),
    transport: 'sse',
  });
  const leaving = new AbortController();
  const calls = [
    client.list({ signal: leaving.signal }),
    client.swap(images, { signal: leaving.signal }),
    client.upload(new Blob(['no']), { signal: leaving.signal }),
  ];
  const outcomes = Promise.allSettled(calls);
  const following = client.watch('one');
  const reason = new Error('left');
  leaving.abort(reason);
  expect(await outcomes).toEqual(calls.map(() => ({ status: 'rejected', reason })));
  client.close();
  await expect(following).rejects.toMatchObject({ code: 'CLOSED' });
}, 5000);
