import { once } from 'node:events';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createUnreadResponses } from '../../src/server/http/unread-responses.js';
import type { GatewayError } from '../../src/swap/errors.js';
import { createGraphqlClient } from '../../testing/graphql-client.js';
import { startTransport } from '../../testing/start-transport.js';

const query = '{ gatewayStatus { version } }';
/** More than the operating system buffers for a connection whose client reads nothing. */
const version = 'x'.repeat(1_900_000);
const limits = { perAddress: 80_000_000, total: 90_000_000 };
const responses = 80;

const start = () =>
  startTransport({
    swaps: {},
    fail: () => {
      throw new Error('must not be called');
    },
    services: { readStatus: async () => ({ version }) as never },
    env: { RATE_LIMIT: 'off', TRUST_PROXY: '127.0.0.1' },
    overrides: { unread: limits, load: { delayMs: () => 0 } },
  });

const createSender = (url: string) => async (address: string) => {
  const { status, headers } = await createGraphqlClient(url).graphql(
    query,
    {},
    { 'x-forwarded-for': address },
  );
  return [status, headers.get('retry-after')];
};

/** Sends many requests over one connection and reads nothing. */
async function sendWithoutReading(url: string, address: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  socket.pause();
  const body = JSON.stringify({ query });
  const head = `POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\nx-forwarded-for: ${address}\r\n`;
  socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`.repeat(responses));
  await once(socket, 'connect');
  return socket;
}

test('large unread responses are limited per address and in total', async () => {
  const { url } = await start();
  const send = createSender(url);
  expect(await send('192.0.2.1')).toEqual([200, null]);
  const silent = await sendWithoutReading(url, '192.0.2.1');
  await expect.poll(() => send('192.0.2.1')).toEqual([429, '1']);
  expect(await send('192.0.2.2')).toEqual([200, null]);
  await sendWithoutReading(url, '192.0.2.3');
  await expect.poll(() => send('192.0.2.3')).toEqual([503, '1']);
  silent.resume();
  await expect.poll(() => send('192.0.2.1')).toEqual([200, null]);
});

test('responses stop counting when their connection closes, even pipelined ones that wait for earlier ones', async () => {
  const unread = createUnreadResponses({ perAddress: 10 * version.length, total: 100 * version.length });
  const held: (GatewayError | undefined)[] = [];
  const server = createServer((_request, response) => {
    held.push(unread.hold(version, () => 'a', response));
    response.end(version);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const silent = await sendWithoutReading(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'a');
  await expect.poll(() => held.filter((error) => error?.code === 'RATE_LIMITED').length).toBeGreaterThan(0);
  silent.destroy();
  const another = new ServerResponse(new IncomingMessage(new Socket()));
  const all = 'x'.repeat(10 * version.length);
  await expect.poll(() => unread.hold(all, () => 'a', another)).toBe(undefined);
  expect(unread.hold(version, () => 'a', another)?.code).toBe('RATE_LIMITED');
});
