import type { DueDelivery, WebhookOutbox } from '../../swap/webhook-outbox.js';
import { entryName, readEntryName } from '../outbox-entries.js';
import type { RedisConnection } from './connection.js';
import { outboxScripts } from './scripts.js';

/** Placeholder for the client in entries of versions that did not store it; no encoded name equals it. Scripts use the same one. */
const unknownClient = '%';

/** The outbox in Redis: the instance that leases an entry delivers it. */
export function createRedisOutbox(redis: RedisConnection): WebhookOutbox {
  return {
    async add(swapId, dueAt, { type, client = '', host = '', again = false } = {}) {
      const name = entryName({ swapId, type });
      await redis.run(outboxScripts.add, name, Math.round(dueAt), encodeClient(client), host, again ? 1 : 0);
    },
    async take(now, leaseMs, limit, { perClient, room = new Map(), after } = { perClient: limit }) {
      const taken = (await redis.run(
        outboxScripts.take,
        now,
        now + leaseMs,
        limit,
        perClient,
        after === undefined ? '' : encodeClient(after),
        JSON.stringify(Object.fromEntries([...room].map(([name, most]) => [encodeClient(name), most]))),
      )) as string[];
      return Array.from({ length: taken.length / 3 }, (_, n) =>
        readEntry(String(taken[3 * n]), String(taken[3 * n + 1]), String(taken[3 * n + 2])),
      );
    },
    async postpone(entry, attempts, dueAt) {
      await redis.run(outboxScripts.postpone, entryName(entry), attempts, Math.round(dueAt));
    },
    async remove(entry) {
      await redis.run(outboxScripts.remove, entryName(entry));
    },
    async giveUp(entry, at) {
      const { attempts, client = '', host = '' } = entry;
      const owner = [encodeClient(client), host] as const;
      await redis.run(outboxScripts.giveUp, entryName(entry), attempts, ...owner, Math.round(at));
    },
    async list(which, limit) {
      const [total, ...flat] = (await redis.run(outboxScripts.list, which, limit)) as unknown[];
      const deliveries = Array.from({ length: flat.length / 4 }, (_, n) => {
        const [name, at, attempts, owner] = flat.slice(4 * n, 4 * n + 4).map(String) as [
          string,
          string,
          string,
          string,
        ];
        return { ...readEntry(name, attempts, owner), at: Number(at) };
      });
      return { deliveries, total: Number(total) };
    },
    async nextDueAt(after) {
      const from = after === undefined ? '-inf' : `(${after}`;
      const scores = await redis.orUnavailable((client) =>
        Promise.all(
          ['callbacks', 'callback-events'].map(async (set) => {
            const key = `${redis.prefix}${set}`;
            const options = { BY: 'SCORE', LIMIT: { offset: 0, count: 1 } } as const;
            const [next] = await client.zRangeWithScores(key, from, '+inf', options);
            return next?.score ?? Number.POSITIVE_INFINITY;
          }),
        ),
      );
      const next = Math.min(...scores);
      return Number.isFinite(next) ? next : undefined;
    },
  };
}

const encodeClient = (client: string): string => (client === '' ? unknownClient : encodeURIComponent(client));

function readEntry(name: string, attempts: string, owner: string): DueDelivery {
  const [client, host] = JSON.parse(owner) as [string, string];
  return {
    ...readEntryName(name),
    attempts: Number(attempts),
    ...(client !== unknownClient && { client: decodeURIComponent(client) }),
    ...(host !== '' && { host }),
  };
}
