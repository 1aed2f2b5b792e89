import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type CheapSocketEvents, openCheapSocket } from '../../bench/clients/cheap-socket.js';

async function startPeer(events: Partial<CheapSocketEvents>) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const ignore = () => undefined;
  const socket = openCheapSocket(url, 'graphql-transport-ws', {
    open: ignore,
    message: ignore,
    close: ignore,
    ...events,
  });
  const [peer] = (await once(server, 'connection')) as [WebSocket];
  return { socket, peer };
}

test('messages of every frame length pass both ways, complete and in order', async () => {
  const texts = [1, 125, 126, 127, 5000, 65_535].map(
    (length) => 'é'.repeat(length >> 1) + 'x'.repeat(length & 1),
  );
  const received: string[] = [];
  const { socket, peer } = await startPeer({ message: (text) => received.push(text) });
  expect(peer.protocol).toBe('graphql-transport-ws');
  const echoed: string[] = [];
  peer.on('message', (data) => echoed.push(String(data)));
  for (const text of texts) {
    peer.send(text);
    socket.send(text);
  }
  await expect.poll(() => received).toEqual(texts);
  await expect.poll(() => echoed).toEqual(texts);
});

test('pings get a pong', async () => {
  const { peer } = await startPeer({});
  const pong = once(peer, 'pong');
  peer.ping('are you there');
  expect(String((await pong)[0])).toBe('are you there');
});

test('closing is reported, whichever side closes', async () => {
  let closes = 0;
  const close = () => {
    closes += 1;
  };
  const first = await startPeer({ close });
  const gone = once(first.peer, 'close');
  first.socket.drop();
  await gone;
  await expect.poll(() => closes).toBe(1);
  const second = await startPeer({ close });
  second.peer.close(1001);
  await expect.poll(() => closes).toBe(2);
});
