import { unavailable } from '../../swap/errors.js';
import type { Claim, ClaimHolder, SwapIndex } from '../../swap/ports.js';
import type { RedisConnection } from './connection.js';
import { acceptScript, linkScript, markEndedScript, pageScript } from './swap-index-scripts.js';

export interface RedisSwapIndexOptions {
  redis: RedisConnection;
  /** How long a swap can be open at most, milliseconds; its entries expire after that. */
  openTtlMs: number;
  /** Whether replicas have all earlier writes; undefined: not required. */
  confirm?: (() => Promise<boolean>) | undefined;
}

/** Claims and indexes in Redis; scripts make changes atomic among all instances. */
export function createRedisSwapIndex({ redis, openTtlMs, confirm }: RedisSwapIndexOptions): SwapIndex {
  const { prefix } = redis;
  const get = (key: string) => redis.orUnavailable((client) => client.get(prefix + key));

  return {
    async holder(client, claim) {
      const value = await get(keyOfClaim(client, claim));
      return value === null ? undefined : readHolder(value);
    },
    async accept({ id, client, fingerprint, guard, takes }) {
      const wanted = {
        guard: guard && keyOfClaim(client, guard),
        replaces: guard?.replaces,
        claims: [guard, takes]
          .filter((claim) => claim !== undefined)
          .map((claim) => keyOfClaim(client, claim)),
      };
      const holder = await redis.run(
        acceptScript,
        id,
        encodeURIComponent(client),
        fingerprint,
        openTtlMs,
        JSON.stringify(wanted),
      );
      if (typeof holder === 'string') return readHolder(holder);
      if (confirm && !(await confirm()))
        throw unavailable(new Error('too few replicas have acknowledged the swap'));
      return undefined;
    },
    async assign(client, claim, { swapId, fingerprint }, expiresAt) {
      const key = prefix + keyOfClaim(client, claim);
      const expiration = { type: 'PXAT', value: Math.round(expiresAt) } as const;
      await redis.orUnavailable((redisClient) =>
        redisClient.set(key, `${swapId} ${fingerprint}`, { expiration }),
      );
    },
    async link(id, modelsLabId) {
      await redis.run(linkScript, id, modelsLabId);
    },
    idByModelsLabId: async (modelsLabId) => (await get(`modelslab:${modelsLabId}`)) ?? undefined,
    modelsLabIdOf: async (id) =>
      (await redis.orUnavailable((client) => client.hGet(`${prefix}entry:${id}`, 'modelsLabId'))) ??
      undefined,
    async markEnded(id, expiresAt) {
      await redis.run(markEndedScript, id, Math.round(expiresAt));
    },
    async page(client, first, before) {
      const rows = (await redis.run(
        pageScript,
        encodeURIComponent(client),
        first,
        before ?? '+inf',
      )) as string[];
      return Array.from({ length: rows.length / 2 }, (_, n) => ({
        id: String(rows[2 * n]),
        sequence: Number(rows[2 * n + 1]),
      }));
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

function keyOfClaim(client: string, { kind, value }: Claim): string {
  return `claim:${encodeURIComponent(client)}:${kind}:${value}`;
}

function readHolder(value: string): ClaimHolder {
  const [swapId = '', fingerprint = ''] = value.split(' ');
  return { swapId, fingerprint };
}
