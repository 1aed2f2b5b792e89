import type { Clock } from '../lib/clock.js';
import { idempotencyConflict } from './errors.js';
import type { Claim, SwapClaims, SwapIndex, SwapStore } from './ports.js';
import type { CreateSwapCommand } from './request.js';
import { type EndedSwap, isEnded, lateUntilOf, type Swap } from './swap.js';

/** The claims of a new swap, without the fingerprint of its input. */
export type NewClaims = Omit<SwapClaims, 'fingerprint'>;

/** Finds what earlier requests with the same key or the same input have led to. `inputHash` is the fingerprint of the input. */
export interface Repetitions {
  /** The swap that the command repeats, or the claims that a new one needs. @throws IDEMPOTENCY_CONFLICT, UNAVAILABLE */
  findRepeated(client: string, command: CreateSwapCommand, inputHash: string): Promise<Swap | NewClaims>;
  /** A failed swap with the same input and a late result, which is already paid for. @throws UNAVAILABLE */
  findLate(client: string, command: CreateSwapCommand, inputHash: string): Promise<EndedSwap | undefined>;
}

interface RepetitionDeps {
  store: Pick<SwapStore, 'get'>;
  swapIndex: Pick<SwapIndex, 'holder'>;
  clock: Pick<Clock, 'now'>;
}

export function createRepetitions({ store, swapIndex, clock }: RepetitionDeps): Repetitions {
  return {
    async findRepeated(client, command, inputHash) {
      const input: Claim = { kind: 'input', value: inputHash };
      if (command.idempotencyKey === undefined && command.reuse === 'NEVER') return { takes: input };
      const claim: Claim =
        command.idempotencyKey === undefined ? input : { kind: 'key', value: command.idempotencyKey };
      const holder = await swapIndex.holder(client, claim);
      // A claim is ignored if its record has expired, or an earlier version failed to write it.
      const held = holder && (await store.get(holder.swapId));
      if (held && claim.kind === 'key') {
        if (holder.fingerprint !== input.value) throw idempotencyConflict();
        return held;
      }
      if (held && (!isEnded(held) || (command.reuse === 'COMPLETED' && held.status === 'SUCCEEDED')))
        return held;
      return {
        guard: { ...claim, ...(holder && { replaces: holder.swapId }) },
        ...(claim.kind === 'key' && { takes: input }),
      };
    },

    async findLate(client, command, inputHash) {
      if (command.reuse === 'NEVER') return undefined;
      const holder = await swapIndex.holder(client, { kind: 'late', value: inputHash });
      const failed = holder && (await store.get(holder.swapId));
      if (!failed || !isEnded(failed) || !failed.lateResult || failed.client !== client) return undefined;
      return clock.now() < (lateUntilOf(failed) ?? 0) ? failed : undefined;
    },
  };
}
