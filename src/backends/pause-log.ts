import type { SwapLog } from '../swap/ports.js';
import type { PauseReason } from '../swap/queue-pause.js';

/** Logs when the queue pauses and when it resumes, for each reason. */
export interface PauseLog {
  /** @param reasons those of the pauses now in effect */
  update(reasons: readonly PauseReason[]): void;
}

const beginnings: Record<PauseReason, string> = {
  OPERATOR: 'an operator has paused the queue; swaps wait',
  ACCOUNT_CREDITS: 'the ModelsLab account has no credits; swaps wait, and one is tried after each pause',
  UPSTREAM_BUSY: "ModelsLab's queue for this account is full; swaps wait",
};

export function createPauseLog(log: SwapLog): PauseLog {
  let current = new Set<PauseReason>();
  return {
    update(reasons) {
      for (const reason of reasons) {
        if (current.has(reason)) continue;
        // Only the operator can add credits.
        const level = reason === 'ACCOUNT_CREDITS' ? 'error' : 'info';
        log[level]({ reason }, `the queue is paused: ${beginnings[reason]}`);
      }
      for (const reason of current)
        if (!reasons.includes(reason)) log.info({ reason }, 'the pause of the queue has ended');
      current = new Set(reasons);
    },
  };
}
