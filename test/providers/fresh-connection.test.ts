import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createConnections } from '../../src/providers/modelslab/connections.js';
import { type PostResult, postJson } from '../../src/providers/modelslab/post-json.js';

/** A server that records the events of each connection. */
async function start() {
  const seen: string[][] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const events: string[] = ['opened'];
    seen.push(events);
    sockets.push(socket);
    socket.on('close', () => events.push('closed')).on('error', () => undefined);
    socket.once('data', (bytes) => {
      events.push(bytes.toString('latin1', 0, 4));
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clock = { now: 0 };
  const connections = createConnections(() => clock.now);
  onTestFinished(async () => {
    await connections.close();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = async () => {
    const before = seen.length;
    const connection = connections.fresh(origin);
    await expect.poll(() => seen.length).toBe(before + 1);
    const post = (): Promise<PostResult> =>
      postJson(
        `${origin}/swap`,
        {},
        {
          dispatcher: connection.dispatcher,
          timeoutMs: 5000,
          isEnough: () => false,
          onDone: () => connection.close(),
        },
      );
    return { connection, post, peer: sockets.at(-1) };
  };
  return { seen, clock, open };
}

test('is opened at once, sends nothing until its one request, and is closed after it', async () => {
  const { seen, open } = await start();
  const { post } = await open();
  expect(seen).toEqual([['opened']]);
  expect(await post()).toMatchObject({ kind: 'answer', httpStatus: 200 });
  await expect.poll(() => seen).toEqual([['opened', 'POST', 'closed']]);
});

test('is replaced if the request is sent a second later', async () => {
  const { seen, clock, open } = await start();
  const { post } = await open();
  clock.now += 1000;
  expect(await post()).toMatchObject({ kind: 'answer', httpStatus: 200 });
  await expect
    .poll(() => seen)
    .toEqual([
      ['opened', 'closed'],
      ['opened', 'POST', 'closed'],
    ]);
});

test.each<[string, (peer: Socket | undefined) => void]>([
  ['closed', (peer) => peer?.end()],
  ['reset', (peer) => peer?.resetAndDestroy()],
])('is replaced if the server has %s it before the request', async (_, lose) => {
  const { seen, open } = await start();
  const { post, peer } = await open();
  lose(peer);
  await expect.poll(() => seen).toEqual([['opened', 'closed']]);
  expect(await post()).toMatchObject({ kind: 'answer', httpStatus: 200 });
  await expect.poll(() => seen.at(1)).toEqual(['opened', 'POST', 'closed']);
});

test('is closed without sending a byte if nothing is submitted', async () => {
  const { seen, open } = await start();
  const { connection } = await open();
  connection.close();
  await expect.poll(() => seen).toEqual([['opened', 'closed']]);
});
