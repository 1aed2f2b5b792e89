import { Keyv, type KeyvStorageAdapter } from 'keyv';
import { z } from 'zod';
import type { Clock } from '../lib/clock.js';
import { type Erasure, type ErasureStore, erasureStates, erasureTargets } from '../swap/erasure.js';
import { orUnavailable } from '../swap/errors.js';

/** A newer gateway may write other targets or states; it finishes such an erasure itself. */
const stored = z.object({
  swapId: z.string(),
  client: z.string(),
  requestedAt: z.number(),
  parts: z.array(
    z.object({
      what: z.enum(erasureTargets),
      state: z.enum(erasureStates),
      reason: z.string().optional(),
    }),
  ),
  work: z
    .object({
      files: z.array(z.string()),
      uploads: z.array(z.string()),
      mayBeAtModelsLab: z.boolean(),
      modelsLabId: z.string().optional(),
    })
    .optional(),
});

/** Tombstones in a keyv store. @throws UNAVAILABLE, also for a record that this gateway cannot read */
export function createKeyvErasureStore(adapter: KeyvStorageAdapter, clock: Pick<Clock, 'now'>): ErasureStore {
  const erasures = new Keyv<unknown>({ store: adapter, checkExpired: false });
  return {
    get: (swapId) =>
      orUnavailable(
        erasures
          .get<unknown>(swapId)
          .then((found) => (found === undefined ? undefined : (stored.parse(found) as Erasure))),
      ),
    async save(erasure, expiresAt) {
      const ttlMs = Math.max(Math.round(expiresAt - clock.now()), 1);
      await orUnavailable(erasures.set(erasure.swapId, erasure, ttlMs));
    },
  };
}
