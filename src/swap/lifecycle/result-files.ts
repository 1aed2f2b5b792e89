import { randomBytes } from 'node:crypto';
import { awaitsArchive, namedResultOf } from '../archive.js';
import type { ArchiveSchedule } from '../late-poll-schedule.js';
import { fingerprint } from '../operations/registry.js';
import type { Claim, SwapIndex } from '../ports.js';
import type { EndedSwap, SwapOutput } from '../swap.js';

/**
 * Names the files of results before the results become visible, so that file URLs work from the first moment on, and has the
 * files copied into the archive.
 */
export interface ResultFiles {
  /** The result with new names for its files, even if it has some because it is the late result of another swap. */
  name(result: SwapOutput): SwapOutput;
  /** Makes the file URLs of a swap work. Called before its result is stored. Idempotent. @throws UNAVAILABLE */
  publish(swap: EndedSwap): Promise<void>;
  /** Schedules the copies of a swap's files, if any are missing. Idempotent. @throws UNAVAILABLE */
  archive(swap: EndedSwap): Promise<void>;
}

interface ResultFilesDeps {
  swapIndex: Pick<SwapIndex, 'assign'>;
  /** Adds an entry, and wakes the copier of this process. */
  schedule: Pick<ArchiveSchedule, 'add'>;
  now(): number;
}

/** Owner of the claims of file tokens: who knows a token needs no other proof. No client has this name. */
export const fileClient = '';
export const fileClaim = (token: string): Claim => ({ kind: 'file', value: token });

export function createResultFiles({ swapIndex, schedule, now }: ResultFilesDeps): ResultFiles {
  return {
    name: (result) => ({ ...result, files: { token: randomBytes(16).toString('hex') } }),
    async publish(swap) {
      const named = namedResultOf(swap);
      if (!named) return;
      const holder = { swapId: swap.id, fingerprint: fingerprint(swap.request) };
      await swapIndex.assign(fileClient, fileClaim(named.files.token), holder, swap.expiresAt);
    },
    async archive(swap) {
      if (awaitsArchive(swap)) await schedule.add(swap.id, now());
    },
  };
}

/** With the archive off: clients get ModelsLab's URLs. */
export const noResultFiles: ResultFiles = {
  name: ({ files: _, ...result }) => result,
  publish: async () => undefined,
  archive: async () => undefined,
};
