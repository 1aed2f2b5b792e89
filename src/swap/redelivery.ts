import type { Clock } from '../lib/clock.js';
import { createRateLimiter } from '../lib/rate-limiter.js';
import { badUserInput, rateLimited } from './errors.js';
import { lateResultEvent } from './lifecycle/late-results.js';
import { type EndedSwap, isEnded, type Swap } from './swap.js';
import type { WebhookOutbox } from './webhook-outbox.js';

interface RedeliveryDeps {
  outbox: Pick<WebhookOutbox, 'add'>;
  clock: Clock;
}

/** Once a minute per swap and instance. */
const perSwap = { perSecond: 1 / 60, burst: 1 };
/** Limit on remembered swaps; the least recently redelivered is evicted. */
const maxRemembered = 10_000;

/**
 * Schedules another delivery of a finished swap to its webhook, regardless of earlier deliveries. Resolves when durable.
 *
 * @throws BAD_USER_INPUT for a swap that is not finished or has no webhook; RATE_LIMITED within a minute of the previous call
 */
export type Redelivery = (swap: Swap) => Promise<EndedSwap>;

export function createRedelivery({ outbox, clock }: RedeliveryDeps): Redelivery {
  const calls = createRateLimiter(perSwap, maxRemembered, clock.now);

  return async (swap) => {
    const { ended, owner } = deliverable(swap);
    const waitMs = calls.take(swap.id);
    if (waitMs > 0) throw rateLimited('The webhook of this swap was just redelivered.', waitMs);
    await outbox.add(swap.id, clock.now(), { ...owner, again: true });
    return ended;
  };
}

/**
 * Schedules another delivery of a finished swap, and of its late result, for an operator. Resolves when durable.
 *
 * @returns the events that are delivered
 * @throws BAD_USER_INPUT for a swap that is not finished or has no webhook
 */
export async function redeliverNow(
  swap: Swap,
  outbox: Pick<WebhookOutbox, 'add'>,
  now: number,
): Promise<string[]> {
  const { ended, owner } = deliverable(swap);
  await outbox.add(swap.id, now, { ...owner, again: true });
  if (!ended.lateResult) return ['swap.finished'];
  await outbox.add(swap.id, now, { ...owner, type: lateResultEvent, again: true });
  return ['swap.finished', lateResultEvent];
}

function deliverable(swap: Swap): { ended: EndedSwap; owner: { client: string; host: string } } {
  const { webhook } = swap.request;
  if (webhook === undefined) throw badUserInput([{ path: 'id', message: 'this swap has no webhook' }]);
  if (!isEnded(swap))
    throw badUserInput([
      { path: 'id', message: 'this swap is not finished; its webhook is called when it is' },
    ]);
  return { ended: swap, owner: { client: swap.client, host: new URL(webhook).host } };
}
