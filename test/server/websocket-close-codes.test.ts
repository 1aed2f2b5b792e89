import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { closeReason } from '../../src/server/websocket/connection.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { openSocket, type RawSocket } from '../../testing/raw-socket.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, swapSubscription } from '../../testing/swap-client.js';

const unending = async (socket: RawSocket, operationId: string, swapId: string): Promise<void> => {
  socket.subscribe(operationId, swapSubscription, { id: swapId });
  expect(await socket.next()).toMatchObject({ type: 'next' });
};

const cases: {
  code: number;
  when: string;
  misbehave(socket: RawSocket, swapId: string): unknown;
}[] = [
  { code: 4400, when: 'a message is not JSON', misbehave: (socket) => socket.send('{') },
  { code: 4400, when: 'a message is an array of messages', misbehave: (socket) => socket.send([]) },
  {
    code: 4400,
    when: 'a message has an unknown type',
    misbehave: (socket) => socket.send({ type: 'hello' }),
  },
  {
    code: 4400,
    when: 'an operation id has 300 bytes',
    async misbehave(socket) {
      await socket.init(bearer('ada'));
      socket.subscribe('x'.repeat(300), swapSubscription, { id: 'any' });
    },
  },
  {
    code: 4401,
    when: 'an operation arrives before the acknowledgement',
    misbehave: (socket) => socket.subscribe('1', swapSubscription, { id: 'any' }),
  },
  {
    code: 4403,
    when: 'the key is wrong',
    misbehave: (socket) => socket.send({ type: 'connection_init', payload: bearer('mallory') }),
  },
  {
    code: 4403,
    when: 'there is no key',
    misbehave: (socket) => socket.send({ type: 'connection_init' }),
  },
  { code: 4408, when: 'nothing is said', misbehave: () => undefined },
  {
    code: 4409,
    when: 'an operation id is in use',
    async misbehave(socket, swapId) {
      await socket.init(bearer('ada'));
      await unending(socket, 'x'.repeat(128), swapId);
      socket.subscribe('x'.repeat(128), swapSubscription, { id: swapId });
    },
  },
  {
    code: 4429,
    when: 'the connection is initialized twice',
    async misbehave(socket) {
      await socket.init(bearer('ada'));
      socket.send({ type: 'connection_init' });
    },
  },
  {
    code: 1009,
    when: 'a message has more than 64 KiB',
    async misbehave(socket) {
      await socket.init(bearer('ada'));
      socket.send({ type: 'ping', payload: { fill: 'x'.repeat(65_536) } });
    },
  },
  {
    code: 1008,
    when: 'a message arrives in a thousand fragments',
    misbehave(socket) {
      for (let fragment = 0; fragment < 1000; fragment++) socket.socket.send('x', { fin: fragment === 999 });
    },
  },
  {
    code: 1008,
    when: 'thousands of pings arrive',
    async misbehave(socket) {
      await socket.init(bearer('ada'));
      for (let ping = 0; ping < 1100; ping++) socket.send({ type: 'ping' });
    },
  },
];

test.each(cases)('a socket is closed with $code when $when', async ({ code, misbehave }) => {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(1)));
  const gateway = await startGateway(
    { ...stub.env, GATEWAY_API_KEYS: keysFor('ada') },
    { transport: { times: { initTimeoutMs: 300 } } },
  );
  const { id } = await requestSwap(gateway, {}, { headers: bearer('ada') });
  const socket = await openSocket(gateway.url);
  await misbehave(socket, id);
  expect(await socket.closed).toBe(code);
});

test.each(['graphql-ws', undefined])(
  'a socket with the subprotocol %s is closed with 4406',
  async (protocol) => {
    const { url } = await startGateway();
    const handshake = request(`${url}/graphql`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(protocol && { 'sec-websocket-protocol': protocol }),
      },
    }).end();
    const [, connection, head] = (await once(handshake, 'upgrade')) as [unknown, Socket, Buffer];
    onTestFinished(() => void connection.destroy());
    const [frame] = head.length > 0 ? [head] : ((await once(connection, 'data')) as [Buffer]);
    expect(frame?.readUInt16BE(2)).toBe(4406);
  },
);

test('sockets are closed with 1001 when the gateway shuts down', async () => {
  const { gateway, url } = await startGateway();
  const socket = await openSocket(url);
  await socket.init();
  await gateway.close();
  expect(await socket.closed).toBe(1001);
});

test('a close reason that is too long is truncated at a character boundary', () => {
  expect(closeReason('ä'.repeat(200))).toBe('ä'.repeat(61));
  expect(closeReason('short')).toBe('short');
});
