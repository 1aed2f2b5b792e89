import { describe, expect, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { openSocket, type RawSocket } from '../../testing/raw-socket.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap, swapSubscription } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const arrays = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const objects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const shapes = { arrays: arrays(4800), objects: objects(4800), 'a little too many': arrays(80) };

const messages = (nested: string): string[] => [
  `{"type":"ping","payload":{"a":${nested}}}`,
  `{"type":"pong","payload":{"a":${nested}}}`,
  `{"type":"connection_init","payload":{"a":${nested}}}`,
  `{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":{"a":${nested}}}}`,
  `{"type":"subscribe","id":"1","payload":{"query":"{ a }","extensions":{"a":${nested}}}}`,
  `{"type":"complete","id":"1","a":${nested}}`,
  nested,
];

async function startProcess() {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(1, 600)));
  const gateway = await startGatewayProcess({
    ...stub.env,
    DATA_DIR: temporaryFolder(),
  });
  return { stub, gateway };
}

test('a nested WebSocket message closes its socket with 4400, before and after the acknowledgement, and nothing else', async () => {
  const { gateway } = await startProcess();
  const bystander = await openSocket(gateway.url);
  await bystander.init();
  for (const nested of Object.values(shapes)) {
    for (const message of messages(nested)) {
      const stranger = await openSocket(gateway.url);
      stranger.send(message);
      expect(await stranger.closed).toBe(4400);
      const client = await openSocket(gateway.url);
      await client.init();
      client.send(message);
      expect(await client.closed).toBe(4400);
    }
  }
  bystander.send({ type: 'ping' });
  expect(await bystander.next()).toEqual({ type: 'pong' });
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('64 levels are accepted, and echoed in the pong', async () => {
  const { gateway } = await startProcess();
  const socket = await openSocket(gateway.url);
  const ping = `{"type":"ping","payload":${objects(63)}}`;
  socket.send(ping);
  expect(await socket.next()).toEqual({ ...JSON.parse(ping), type: 'pong' });
});

describe('over HTTP', () => {
  test('a nested body is rejected with 400 by every route that reads JSON, with and without the fast path', async () => {
    const { gateway } = await startProcess();
    for (const nested of Object.values(shapes)) {
      for (const body of [
        nested,
        `{"query":"{ __typename }","variables":{"a":${nested}}}`,
        `{"query":"query($a:ID!){swapResult(id:$a){id}}","variables":{"a":${nested}}}`,
        `{"query":"{ __typename }","extensions":{"a":${nested}}}`,
        `{"query":"{ __typename }","other":${nested}}`,
      ]) {
        for (const path of ['/graphql', '/graphql?', '/graphql?x=1']) {
          const response = await fetch(`${gateway.url}${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
          });
          expect(response.status).toBe(400);
          expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
        }
      }
    }
    expect(await gateway.kill('SIGTERM')).toBe(0);
  });

  test('nested variables and extensions in the query string are rejected with 400', async () => {
    const { gateway } = await startProcess();
    for (const nested of [arrays(1500), objects(1000), arrays(80)]) {
      for (const field of ['variables', 'extensions']) {
        const search = new URLSearchParams({ query: '{ __typename }', [field]: `{"a":${nested}}` });
        const response = await fetch(`${gateway.url}/graphql?${search}`, {
          headers: { 'apollo-require-preflight': 'true', accept: 'application/json' },
        });
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
      }
    }
  });
});

describe.each(Object.keys(shapes) as (keyof typeof shapes)[])(
  'ModelsLab sends %s in its message',
  (shape) => {
    const message = shapes[shape];

    test('in a webhook: the swap has failed, with the message read as bounded text', async () => {
      const { stub, gateway } = await startProcess();
      const { id } = await requestSwap(gateway);
      expect(
        await stub.sendWebhook(`{"status":"error","id":1,"message":{"image":["not found",${message}]}}`),
      ).toBe(200);
      expect(await readSwap(gateway, id)).toMatchObject({ status: 'FAILED' });
    });

    test('in a webhook without other content: it is acknowledged, and the swap continues', async () => {
      const { stub, gateway } = await startProcess();
      const { id } = await requestSwap(gateway);
      // It says nothing about the swap, so it is only a hint to poll.
      expect(await stub.sendWebhook(message)).toBe(202);
      expect(await readSwap(gateway, id)).toMatchObject({ status: 'PROCESSING' });
    });

    test('in its response to a submission: the swap has failed', async () => {
      const { stub, gateway } = await startProcess();
      stub.handle(({ answer }) => answer(200, `{"status":"error","message":${message}}`));
      const { id } = await requestSwap(gateway);
      await expect.poll(async () => (await readSwap(gateway, id))?.status).toBe('FAILED');
    });
  },
);

/** Sends pings and reads nothing until the gateway cannot send any more either. */
async function fillUp(socket: RawSocket): Promise<void> {
  const fill = 'x'.repeat(60_000);
  socket.socket.pause();
  for (let ping = 0; ping < 100; ping += 1) socket.send({ type: 'ping', payload: { fill } });
  await expect.poll(() => socket.socket.bufferedAmount).toBe(0);
}

test('a subscription with nested variables whose reader pauses until the end affects no other client', async () => {
  const { stub, gateway } = await startProcess();
  const { id } = await requestSwap(gateway);
  const bystander = await openSocket(gateway.url);
  await bystander.init();
  bystander.subscribe('1', swapSubscription, { id });
  await bystander.next();
  for (const nested of Object.values(shapes)) {
    for (const query of [
      swapSubscription,
      'subscription ($id: ID!, $yes: Boolean = true) { swapUpdated(id: $id) { status @include(if: $yes) } }',
    ]) {
      const socket = await openSocket(gateway.url);
      await socket.init();
      socket.send(
        `{"type":"subscribe","id":"1","payload":{"query":${JSON.stringify(query)},"variables":{"id":"${id}","a":${nested}}}}`,
      );
      await fillUp(socket).catch(() => undefined);
      socket.socket.resume();
      expect(await socket.closed).toBe(4400);
    }
  }
  expect(await stub.sendWebhook(answers.success(1))).toBe(200);
  expect(await bystander.next()).toMatchObject({
    payload: { data: { swapUpdated: { status: 'SUCCEEDED' } } },
  });
  expect(await gateway.kill('SIGTERM')).toBe(0);
});
