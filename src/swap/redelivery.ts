import type { Clock } from '../lib/clock.js';
import { createRateLimiter } from '../lib/rate-limiter.js';
import { badUserInput, rateLimited } from './errors.js';
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
    const { webhook } = swap.request;
    if (webhook === undefined) throw badUserInput([{ path: 'id', message: 'this swap has no webhook' }]);
    if (!isEnded(swap))
      throw badUserInput([
        { path: 'id', message: 'this swap is not finished; its webhook is called when it is' },
      ]);
    const waitMs = calls.take(swap.id);
    if (waitMs > 0) throw rateLimited('The webhook of this swap was just redelivered.', waitMs);
    const owner = { client: swap.client, host: new URL(webhook).host };
    await outbox.add(swap.id, clock.now(), { ...owner, again: true });
    return swap;
  };
}
