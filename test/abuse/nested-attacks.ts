import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { openWebSocket, residentMemory } from './attack-tools.ts';
import type { Attack } from './attacks.ts';
import { requestSwapOfSamples, sendQuery, type Target } from './bystander.ts';

const levels = 4800;
const nested = ['['.repeat(levels) + ']'.repeat(levels), `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`];
const subscription = 'subscription ($id: ID!) { swapUpdated(id: $id) { status } }';
const clients = 5;
const subscriptionsOfClient = 100;
/** 54 KB as text, over 1 MB when parsed. */
const lists = Array.from({ length: 18_000 }, () => []);
/** Including garbage; if kept, these variables would take 700 MiB. */
const maxCostMiB = 256;

async function expectClosed(socket: WebSocket, messages: readonly string[]): Promise<void> {
  for (const message of messages) socket.send(message);
  const [code] = (await once(socket, 'close')) as [number];
  if (code !== 4400) throw new Error(`closed with ${code}`);
}

async function connect(target: Target, index: number): Promise<WebSocket> {
  const socket = await openWebSocket(target, target.attackerKeys[index % target.attackerKeys.length] ?? '');
  if (!socket) throw new Error('the handshake was rejected');
  await once(socket, 'message');
  return socket;
}

export const nestedAttacks: Attack[] = [
  {
    name: 'nested messages before connection_init',
    async run(target) {
      let closed = 0;
      for (const value of nested) {
        for (const type of ['ping', 'pong', 'connection_init', 'subscribe']) {
          const socket = await openWebSocket(target);
          if (!socket) throw new Error('the handshake was rejected');
          await expectClosed(socket, [`{"type":"${type}","id":"1","payload":{"a":${value}}}`]);
          closed += 1;
        }
      }
      return `${closed} sockets closed with 4400`;
    },
  },
  {
    name: 'subscriptions with nested variables, by a client that does not read',
    async run(target) {
      const fill = 'x'.repeat(50_000);
      let closed = 0;
      for (const value of nested) {
        const socket = await connect(target, closed);
        const variables = `{"id":"any","a":${value}}`;
        socket.pause();
        const pings = Array.from({ length: 15 }, () => JSON.stringify({ type: 'ping', payload: { fill } }));
        setTimeout(() => socket.resume(), 100);
        await expectClosed(socket, [
          ...pings,
          `{"type":"subscribe","id":"1","payload":{"query":"${subscription}","variables":${variables}}}`,
        ]);
        closed += 1;
      }
      return `${closed} sockets closed with 4400`;
    },
  },
  {
    name: 'subscriptions with undeclared variables of 60 KB',
    async run(target) {
      const before = residentMemory(target.pid);
      const sockets: WebSocket[] = [];
      for (const [index, key] of target.attackerKeys.slice(0, clients).entries()) {
        const id = await findSwap({ url: target.url, key });
        const socket = await connect(target, index);
        sockets.push(socket);
        for (let n = 0; n < subscriptionsOfClient; n += 1) {
          const payload = { query: subscription, variables: { id, fill: lists } };
          socket.send(JSON.stringify({ type: 'subscribe', id: String(n), payload }));
          await once(socket, 'message');
        }
      }
      const after = residentMemory(target.pid);
      for (const socket of sockets) socket.terminate();
      const count = sockets.length * subscriptionsOfClient;
      if (before === undefined || after === undefined) return `${count} subscriptions`;
      if (after - before > maxCostMiB) throw new Error(`took ${after - before} MiB`);
      return `${count} subscriptions took ${after - before} MiB of resident memory, garbage included`;
    },
  },
];

/** A swap of the client to subscribe to, if that costs nothing; otherwise an unknown id. */
async function findSwap(client: Pick<Target, 'url' | 'key'>): Promise<string> {
  const { gatewayStatus } = await sendQuery(client, '{ gatewayStatus { upstream } }', {});
  if ((gatewayStatus as { upstream: string }).upstream !== 'SANDBOX') return 'none';
  return requestSwapOfSamples(client);
}
