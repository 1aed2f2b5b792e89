import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openEventStream } from '../../testing/event-stream.js';
import { readMetrics } from '../../testing/metrics.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';

const query = 'subscription ($id: ID!) { swapUpdated(id: $id) { id status } }';

async function start(env: Record<string, string> = {}, overrides = {}) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const gateway = await startGateway({ ...upstream.env, ...env }, overrides);
  const { id } = await requestSwap(gateway);
  return { upstream, gateway, id };
}

const open = async (gateway: { url: string }) => {
  const metrics = await readMetrics(gateway as never);
  return [metrics.value('sockets'), metrics.value('subscriptions')];
};

/** Sends bytes as they are. */
function sendRaw(url: string, text: string) {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(text);
  onTestFinished(() => void socket.destroy());
  return socket;
}

const rawRequest = (body: string): string =>
  `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

test('a client that opens streams and leaves at once holds nothing', async () => {
  const { gateway, id } = await start();
  const body = JSON.stringify({ query, variables: { id } });
  await Promise.all(
    Array.from(
      { length: 200 },
      () =>
        new Promise<void>((resolve) => {
          const socket = sendRaw(gateway.url, rawRequest(body));
          socket.once('close', () => resolve());
          setImmediate(() => socket.destroy());
        }),
    ),
  );
  await expect.poll(() => open(gateway)).toEqual([0, 0]);
});

test('a stream that is never read is closed, and its slots are released', async () => {
  const { gateway, id } = await start(
    {},
    { transport: { writeTimeoutMs: 300, times: { pingIntervalMs: 1, checkIntervalMs: 1 } } },
  );
  const socket = sendRaw(gateway.url, rawRequest(JSON.stringify({ query, variables: { id } })));
  socket.pause();
  await expect.poll(() => open(gateway)).toEqual([1, 1]);
  // A reader that leaves without a word.
  socket.resetAndDestroy();
  await expect.poll(() => open(gateway)).toEqual([0, 0]);
});

test('a second request on the connection of a stream waits for its end', async () => {
  const { gateway, id } = await start();
  const body = rawRequest(JSON.stringify({ query, variables: { id } }));
  const socket = sendRaw(gateway.url, body + body);
  await expect.poll(() => open(gateway)).toEqual([2, 2]);
  socket.destroy();
  await expect.poll(() => open(gateway)).toEqual([0, 0]);
});

test.each([
  ['deep nesting', `{"query":"x","variables":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400],
  ['a large body', JSON.stringify({ query: `#${'x'.repeat(70_000)}` }), 413],
])('%s is rejected before a stream is opened', async (_what, body, status) => {
  const { gateway } = await start();
  expect((await openEventStream(gateway.url, body)).response.status).toBe(status);
  expect(await open(gateway)).toEqual([0, 0]);
});

test.each([
  [
    'many aliases',
    `subscription { ${Array.from({ length: 30 }, (_, n) => `a${n}: swapUpdated(id: "x") { id }`).join(' ')} }`,
  ],
  ['many levels', `subscription { swapUpdated(id: "x") ${'{ id '.repeat(40)}${'}'.repeat(40)} }`],
  ['many tokens', `subscription { swapUpdated(id: "x") { ${'id '.repeat(3000)} } }`],
])('a document with %s gets an error', async (_what, document) => {
  const { gateway } = await start();
  const stream = await openEventStream(gateway.url, { query: document });
  const { value } = await stream.events.next();
  expect(value?.data?.errors?.[0]?.message).toBeTruthy();
  expect(value?.data?.data).toBeUndefined();
  stream.abort();
});
