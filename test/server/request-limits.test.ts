import { expect, test } from 'vitest';
import { cpuTimeOf } from '../../testing/cpu-time.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { swapQuery, swapSubscription } from '../../testing/swap-client.js';
import { probes } from '../abuse/probes.js';

async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

test('a body of more than 64 KiB is rejected', async () => {
  const { url } = await startGateway();
  const variables = { id: 'x'.repeat(65_536) };
  expect((await post(url, JSON.stringify({ query: swapQuery, variables }))).status).toBe(413);
});

test('several operations in one body are rejected', async () => {
  const { url } = await startGateway();
  const operation = { query: swapQuery, variables: { id: '1' } };
  const response = await post(url, JSON.stringify([operation, operation]));
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
});

test('a request that any web page could make a browser send is rejected', async () => {
  const { url } = await startGateway();
  const simple = await post(url, JSON.stringify({ query: '{ gatewayStatus { version } }' }), {
    'content-type': 'text/plain',
  });
  expect(simple.status).toBe(400);
  expect(await simple.text()).toContain('CSRF');
  const get = await fetch(`${url}/graphql?query={gatewayStatus{version}}`);
  expect(get.status).toBe(400);
  expect(await get.text()).toContain('CSRF');
});

test.each(['mutation { cancelSwap(id: "1") { id } }', '{ swapResult(id: "1") { id } }'])(
  'a socket accepts only subscriptions: %s',
  async (document) => {
    const { url } = await startGateway();
    const socket = await openSocket(url);
    await socket.init();
    socket.subscribe('1', document);
    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
  },
);

test('a subscription over HTTP is rejected with a pointer to WebSocket', async () => {
  const { graphql } = await startGateway();
  const { status, errors } = await graphql(swapSubscription, { id: '1' });
  expect(status).toBe(400);
  expect(errors).toMatchObject([
    { message: expect.stringContaining('WebSocket'), extensions: { code: 'BAD_REQUEST' } },
  ]);
});

test('a mutation cannot be sent by GET', async () => {
  const { url } = await startGateway();
  const response = await fetch(
    `${url}/graphql?query=${encodeURIComponent('mutation { cancelSwap(id: "1") { id } }')}`,
    {
      headers: { 'apollo-require-preflight': '1' },
    },
  );
  expect(response.status).toBe(405);
});

test('an unknown operation name is rejected on a socket as over HTTP', async () => {
  const { url } = await startGateway();
  const query = 'query A { swapResult(id: "1") { id } }';
  const overHttp = await post(url, JSON.stringify({ query, operationName: 'B', variables: { id: '1' } }));
  const { errors } = (await overHttp.json()) as { errors: { extensions: object }[] };
  const socket = await openSocket(url);
  await socket.init();
  socket.send({ type: 'subscribe', id: '1', payload: { query, operationName: 'B', variables: { id: '1' } } });
  const { payload } = await socket.next();
  expect((payload as typeof errors)[0]?.extensions).toEqual(errors[0]?.extensions);
});

test('a query of 5,000 fields takes less than 50 ms on both transports', async () => {
  const gateway = await startGateway();
  const document = probes[0]?.document ?? '';
  const socket = await openSocket(gateway.url);
  await socket.init();
  const overSocket = async (): Promise<void> => {
    socket.subscribe('1', document);
    expect(await socket.next()).toMatchObject({ type: 'error' });
  };
  const overHttp = async (): Promise<void> => {
    expect((await gateway.graphql(document)).status).toBe(400);
  };
  for (const run of [overHttp, overSocket]) {
    await run();
    expect(await cpuTimeOf(run)).toBeLessThan(50);
  }
});

test('schema and IDE are served in development, and in production only if enabled', async () => {
  const production = { NODE_ENV: 'production', GATEWAY_API_KEYS: keysFor('ada') };
  const canSee = async ({ graphql, url }: TestGateway): Promise<{ schema: boolean; ide: boolean }> => ({
    schema: !(await graphql('{ __schema { queryType { name } } }', {}, bearer('ada'))).errors,
    ide: (await fetch(`${url}/graphql/ide/`)).status === 200,
  });
  expect(await canSee(await startGateway())).toEqual({ schema: true, ide: true });
  expect(await canSee(await startGateway(production))).toEqual({ schema: false, ide: false });
  expect(await canSee(await startGateway({ ...production, INTROSPECTION: 'on' }))).toEqual({
    schema: true,
    ide: true,
  });
});
