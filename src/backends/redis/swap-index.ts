import type { IndexRow, SwapIndex } from '../../swap/ports.js';
import { endedStatuses } from '../../swap/swap.js';
import { keyOfClaim, readHolder } from './claims.js';
import type { RedisConnection } from './connection.js';
import { swapScripts } from './scripts.js';

/** Swaps per step. */
const listedAtOnce = 100;

/** Claims and indexes in Redis. `createRedisSwapStore` adds new swaps to them. */
export function createRedisSwapIndex(redis: RedisConnection): SwapIndex {
  const { prefix } = redis;
  const get = (key: string) => redis.orUnavailable((client) => client.get(prefix + key));

  const page = async (
    client: string,
    first: number,
    before: number | '+inf',
    ofTokens: 0 | 1,
  ): Promise<IndexRow[]> => {
    const name = encodeURIComponent(client);
    const rows = (await redis.run(swapScripts.page, name, first, before, ofTokens)) as string[];
    return Array.from({ length: rows.length / 2 }, (_, n) => ({
      id: String(rows[2 * n]),
      sequence: Number(rows[2 * n + 1]),
    }));
  };
  /** Lists a client's swaps that an earlier version accepted, in steps that block Redis for a few milliseconds at most. */
  async function listMissing(owner: string): Promise<void> {
    for (let last: unknown = '-inf'; last !== null; )
      last = await redis.run(swapScripts.listMissing, owner, listedAtOnce, last as string);
  }

  return {
    async holder(client, claim) {
      const value = await get(keyOfClaim(client, claim));
      return value === null ? undefined : readHolder(value);
    },
    async assign(client, claim, { swapId, fingerprint }, expiresAt) {
      const key = prefix + keyOfClaim(client, claim);
      const expiration = { type: 'PXAT', value: Math.round(expiresAt) } as const;
      await redis.orUnavailable((redisClient) =>
        redisClient.set(key, `${swapId} ${fingerprint}`, { expiration }),
      );
    },
    async link(id, modelsLabId) {
      await redis.run(swapScripts.link, id, modelsLabId);
    },
    idByModelsLabId: async (modelsLabId) => (await get(`modelslab:${modelsLabId}`)) ?? undefined,
    modelsLabIdOf: async (id) =>
      (await redis.orUnavailable((client) => client.hGet(`${prefix}entry:${id}`, 'modelsLabId'))) ??
      undefined,
    async markEnded(id, expiresAt, status) {
      await redis.run(swapScripts.markEnded, id, Math.round(expiresAt), status ?? '');
    },
    page: (client, first, before) => page(client, first, before ?? '+inf', 0),
    async accountPage(account, first, before) {
      const bound = before ?? '+inf';
      const pages = await Promise.all([page(account, first, bound, 0), page(account, first, bound, 1)]);
      return pages
        .flat()
        .sort((a, b) => b.sequence - a.sequence)
        .slice(0, first);
    },
    async candidates(client, { statuses, createdAfter, createdBefore }, first, before) {
      const owner = encodeURIComponent(client);
      const groups = ['open', ...endedStatuses.filter((status) => !statuses || statuses.has(status))];
      const isAfterCursor = before && before.createdAt < (createdBefore ?? Number.POSITIVE_INFINITY);
      const upper = isAfterCursor ? [before.createdAt, before.sequence] : [createdBefore ?? '+inf', 0];
      const read = (whatever: 0 | 1) =>
        redis.run(
          swapScripts.candidates,
          ...[owner, first, createdAfter ?? '-inf', ...upper, JSON.stringify(groups), whatever],
        ) as Promise<string[] | null>;
      const rows = (await read(0)) ?? (await listMissing(owner).then(() => read(1))) ?? [];
      return Array.from({ length: rows.length / 2 }, (_, n) => {
        const [sequence, id = ''] = String(rows[2 * n]).split(' ');
        return { id, sequence: Number(sequence), createdAt: Number(rows[2 * n + 1]) };
      });
    },
    async open() {
      const members = await redis.orUnavailable((client) => client.zRange(`${prefix}open`, 0, -1));
      return members.map((member) => {
        const [id = '', client = ''] = member.split(' ');
        return { id, client: decodeURIComponent(client) };
      });
    },
  };
}
