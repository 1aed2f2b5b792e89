import { once } from 'node:events';
import { floodWithQueries, inParallel, openConnection, openWebSocket } from './attack-tools.ts';
import { type Target } from './bystander.ts';
import { askForTooMuch, hangWebhooks } from './fairness-attacks.ts';
import { nestedAttacks } from './nested-attacks.ts';
import { pictureAttacks } from './picture-attacks.ts';
import { probes } from './probes.ts';

export interface Scale {
  silentSockets: number;
  pings: number;
  /** The flood has ten times as many queries as the gateway handles in this time. */
  floodSeconds: number;
  /** Webhooks of each of two attackers. */
  webhooks: number;
  silentUploads: number;
  silentReaders: number;
}

export const fullScale: Scale = {
  silentSockets: 10_000,
  pings: 10_000,
  floodSeconds: 5,
  webhooks: 48,
  silentUploads: 100,
  silentReaders: 100,
};
export const shortScale: Scale = {
  silentSockets: 500,
  pings: 2_000,
  floodSeconds: 0.3,
  webhooks: 12,
  silentUploads: 24,
  silentReaders: 20,
};

export interface Attack {
  name: string;
  /** @returns a summary for the table @throws Error if the attack succeeded */
  run(target: Target, scale: Scale): Promise<string>;
}

export const attacks: Attack[] = [
  ...pictureAttacks,
  {
    name: 'documents above the limits, over every transport',
    async run(target) {
      for (const { name, document, code } of probes) {
        for (const [transport, send] of [
          ['HTTP', sendByHttp],
          ['WebSocket', sendBySocket],
          ['server-sent events', sendForEvents],
        ] as const) {
          const answer = await send(target, document);
          if (!answer.includes(`"${code}"`))
            throw new Error(`${name} over ${transport}: ${answer.slice(0, 200)}`);
        }
      }
      return `${probes.length} documents rejected, three times each`;
    },
  },
  {
    name: 'silent sockets',
    async run(target, { silentSockets }) {
      const sockets = await inParallel(silentSockets, 200, () => openWebSocket(target));
      const open = sockets.filter((socket) => socket !== undefined);
      await Promise.all(open.map((socket) => socket.readyState === socket.CLOSED || once(socket, 'close')));
      return `${open.length} opened and closed again, ${silentSockets - open.length} refused`;
    },
  },
  {
    name: 'event streams whose clients read nothing, or leave at once',
    async run(target, { silentSockets }) {
      const held = await inParallel(silentSockets, 200, async (index) => {
        const connection = await openConnection(target);
        connection.pause();
        connection.write(eventStreamRequest(target, index));
        if (index % 2 === 0) connection.destroy();
        return connection;
      });
      for (const connection of held) connection.destroy();
      return `${held.length} requested`;
    },
  },
  {
    name: 'silent connections',
    async run(target, { silentSockets }) {
      const connections = await inParallel(Math.ceil(silentSockets / 2), 200, () => openConnection(target));
      for (const connection of connections) connection.destroy();
      return `${connections.length} held`;
    },
  },
  {
    name: 'a flood of pings on one socket, from a client that reads nothing',
    async run(target, { pings }) {
      const socket = await openWebSocket(target, target.attackerKeys[0] ?? '');
      if (!socket) throw new Error('the handshake was rejected');
      socket.pause();
      const fill = 'x'.repeat(1000);
      for (let ping = 0; ping < pings; ping++)
        socket.send(JSON.stringify({ type: 'ping', payload: { fill } }));
      socket.resume();
      const [code] = (await once(socket, 'close')) as [number];
      if (code !== 1008 && code !== 1006) throw new Error(`closed with ${code}`);
      return `disconnected with ${code}`;
    },
  },
  {
    name: 'queries at ten times the capacity',
    async run(target, { floodSeconds }) {
      const trial = 2000;
      const began = performance.now();
      await floodWithQueries(target, trial, 50);
      const capacity = (trial / (performance.now() - began)) * 1000;
      const flooding = performance.now();
      const { sent, answered } = await floodWithQueries(target, capacity * floodSeconds * 10, 200);
      const seconds = (performance.now() - flooding) / 1000;
      const total = [...answered.values()].reduce((sum, count) => sum + count, 0);
      if (total < sent) throw new Error(`${sent - total} of ${sent} queries got no response`);
      const counts = [...answered].sort().map(([status, count]) => `${count} × ${status}`);
      return `${sent} queries on 200 connections in ${seconds.toFixed(1)} s: ${counts.join(', ')}`;
    },
  },
  {
    name: 'queries for five pages of a hundred swaps',
    run: (target, { floodSeconds }) => askForTooMuch(target, floodSeconds),
  },
  {
    name: 'webhooks to receivers that never respond',
    run: (target, { webhooks }) => hangWebhooks(target, 'receivers', webhooks),
  },
  {
    name: 'webhooks to hosts whose DNS never responds',
    run: (target, { webhooks }) => hangWebhooks(target, 'DNS', webhooks),
  },
  ...nestedAttacks,
];

async function sendByHttp({ url, attackerKeys: [key] }: Target, query: string): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query }),
  });
  return response.text();
}

/** The stream ends after the error. */
async function sendForEvents({ url, attackerKeys: [key] }: Target, query: string): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(key && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ query }),
  });
  return response.text();
}

function eventStreamRequest({ url, attackerKeys }: Target, index: number): string {
  const body = JSON.stringify({ query: 'subscription { swapUpdated(id: "none") { id } }' });
  const key = attackerKeys[index % attackerKeys.length];
  const headers = [
    `Host: ${new URL(url).host}`,
    'Content-Type: application/json',
    'Accept: text/event-stream',
    `Content-Length: ${body.length}`,
    ...(key ? [`Authorization: Bearer ${key}`] : []),
  ];
  return `POST /graphql HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
}

async function sendBySocket(target: Target, query: string): Promise<string> {
  const socket = await openWebSocket(target, target.attackerKeys[0] ?? '');
  if (!socket) return 'the handshake was rejected';
  try {
    await once(socket, 'message');
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }));
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return String(answer);
  } finally {
    socket.terminate();
  }
}
