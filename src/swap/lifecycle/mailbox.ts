import type { Clock } from '../../lib/clock.js';
import type { SwapPubSub } from '../ports.js';
import { isEnded, type Swap } from '../swap.js';

/** Events of a run's own swap that originate elsewhere (webhooks, other instances), and a way to wait for them. */
export interface Mailbox {
  /** The swap in the latest event; a finished swap is never replaced. */
  latest(): Swap | undefined;
  /** Whether a poll was requested since the last call. */
  takePollRequest(): boolean;
  /**
   * Waits up to `ms` for an event, or returns at once if there was one since the last call. Immune to steps of the wall clock.
   * @returns what ended the wait
   */
  wait(ms: number, signal: AbortSignal): Promise<'update' | 'time' | 'aborted'>;
  close(): void;
}

export async function createMailbox(pubsub: SwapPubSub, id: string, clock: Clock): Promise<Mailbox> {
  let latest: Swap | undefined;
  let hasUpdate = false;
  let isPollRequested = false;
  let wake: (() => void) | undefined;

  const unsubscribe = await pubsub.subscribe(id, (swap) => {
    if (latest && isEnded(latest)) return;
    latest = swap;
    hasUpdate = true;
    if (swap.status === 'PROCESSING' && swap.pollRequestedAt !== undefined) isPollRequested = true;
    wake?.();
  });

  return {
    latest: () => latest,
    takePollRequest() {
      const wasRequested = isPollRequested;
      isPollRequested = false;
      return wasRequested;
    },
    async wait(ms, signal) {
      if (!hasUpdate && !signal.aborted && ms > 0) {
        const sleeping = new AbortController();
        const updated = new Promise<void>((resolve) => {
          // Only resolves a promise: the swap's other subscribers are called after this listener.
          wake = resolve;
        });
        await Promise.race([updated, clock.sleep(ms, AbortSignal.any([sleeping.signal, signal]))]);
        wake = undefined;
        sleeping.abort();
      }
      if (hasUpdate) {
        hasUpdate = false;
        return 'update';
      }
      return signal.aborted ? 'aborted' : 'time';
    },
    close: unsubscribe,
  };
}
