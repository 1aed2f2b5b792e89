import type { Clock } from '../../lib/clock.js';
import type { SwapPubSub } from '../ports.js';
import { isEnded, type Swap } from '../swap.js';

/** What a run hears of its own swap from elsewhere (webhooks, other instances), with a way to wait for it. */
export interface Mailbox {
  /** The last news; an ended swap is never replaced. */
  latest(): Swap | undefined;
  /** Whether a poll was requested since the last call. */
  takePollRequest(): boolean;
  /**
   * Waits up to `ms` for updates since the last call. Immune to steps of the wall clock.
   * @returns what it was that ended the wait
   */
  wait(ms: number, signal: AbortSignal): Promise<'update' | 'time' | 'aborted'>;
  close(): void;
}

export async function createMailbox(pubsub: SwapPubSub, id: string, clock: Clock): Promise<Mailbox> {
  let latest: Swap | undefined;
  let hasNews = false;
  let isPollRequested = false;
  let wake: (() => void) | undefined;

  const unsubscribe = await pubsub.subscribe(id, (swap) => {
    if (latest && isEnded(latest)) return;
    latest = swap;
    hasNews = true;
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
      if (!hasNews && !signal.aborted && ms > 0) {
        const sleeping = new AbortController();
        const heard = new Promise<void>((resolve) => {
          // No more than this, since those who watch the swap are told after the run.
          wake = resolve;
        });
        await Promise.race([heard, clock.sleep(ms, AbortSignal.any([sleeping.signal, signal]))]);
        wake = undefined;
        sleeping.abort();
      }
      if (hasNews) {
        hasNews = false;
        return 'update';
      }
      return signal.aborted ? 'aborted' : 'time';
    },
    close: unsubscribe,
  };
}
