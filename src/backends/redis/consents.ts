import { z } from 'zod';
import type { ConsentEvidence, ConsentLog } from '../../swap/consent.js';
import { orUnavailable } from '../../swap/errors.js';
import type { RedisConnection } from './connection.js';
import { swapScripts } from './scripts.js';

const version = 1;

const stored = z.object({
  version: z.literal(version),
  swapId: z.string(),
  client: z.string(),
  at: z.number(),
  statement: z.string().exactOptional(),
  inputs: z.string(),
  keyId: z.string(),
  expiresAt: z.number(),
});

/** Evidence of consent in Redis. `createRedisSwapStore` adds it with new swaps. */
export function createRedisConsents(redis: RedisConnection): ConsentLog {
  const { prefix } = redis;
  return {
    async add(evidence) {
      await redis.run(swapScripts.addConsent, evidence.swapId, ...consentArguments(evidence));
    },
    async get(swapId) {
      const text = await redis.orUnavailable((client) => client.get(`${prefix}consent:${swapId}`));
      return text === null ? undefined : orUnavailable(readEvidence(text));
    },
    async page(first, after = 0) {
      const members = await redis.orUnavailable((client) =>
        client.zRangeWithScores(`${prefix}consents`, `(${after}`, '+inf', {
          BY: 'SCORE',
          LIMIT: { offset: 0, count: first },
        }),
      );
      const next = members.length < first ? undefined : members.at(-1)?.score;
      if (members.length === 0) return { evidence: [], next };
      const keys = members.map(({ value }) => `${prefix}consent:${value}`);
      const texts = await redis.orUnavailable((client) => client.mGet(keys));
      // Those that have expired are still listed.
      const kept = texts.filter((text) => text !== null);
      return { evidence: await orUnavailable(Promise.all(kept.map(readEvidence))), next };
    },
  };
}

/** Arguments of a script that adds evidence: its record, and when it expires. Empty: there is none. */
export function consentArguments(evidence: ConsentEvidence | undefined): [string, number] {
  if (!evidence) return ['', 0];
  return [JSON.stringify({ ...evidence, version }), Math.round(evidence.expiresAt)];
}

async function readEvidence(text: string): Promise<ConsentEvidence> {
  const { version: _, ...evidence } = stored.parse(JSON.parse(text));
  return evidence;
}
