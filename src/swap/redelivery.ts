import type { Clock } from '../lib/clock.js';
import { badUserInput, GatewayError } from './errors.js';
import type { WebhookOutbox } from './ports.js';
import { type EndedSwap, isEnded, type Swap } from './swap.js';

interface RedeliveryDeps {
  outbox: Pick<WebhookOutbox, 'add'>;
  clock: Clock;
}

/** Minimum interval per swap and instance. */
const minIntervalMs = 60_000;
/** Limit on remembered redeliveries; the oldest is evicted. */
const maxRemembered = 10_000;

/**
 * Schedules another delivery of a finished swap to its webhook, regardless of earlier deliveries. Resolves when durable.
 *
 * @throws BAD_USER_INPUT for a swap that is not finished or has no webhook; RATE_LIMITED within a minute of the previous call
 */
export type Redelivery = (swap: Swap) => Promise<EndedSwap>;

export function createRedelivery({ outbox, clock }: RedeliveryDeps): Redelivery {
  const redeliveredAt = new Map<string, number>();

  const countRequest = (id: string): void => {
    const waitMs = (redeliveredAt.get(id) ?? Number.NEGATIVE_INFINITY) + minIntervalMs - clock.now();
    if (waitMs > 0) {
      const retryAfter = Math.ceil(waitMs / 1000);
      throw new GatewayError('RATE_LIMITED', 'The webhook of this swap was just redelivered.', {
        retryAfter,
      });
    }
    redeliveredAt.delete(id);
    redeliveredAt.set(id, clock.now());
    for (const [oldest, at] of redeliveredAt) {
      if (redeliveredAt.size <= maxRemembered && at > clock.now() - minIntervalMs) break;
      redeliveredAt.delete(oldest);
    }
  };

  return async (swap) => {
    const { webhook } = swap.request;
    if (webhook === undefined) throw badUserInput([{ path: 'id', message: 'this swap has no webhook' }]);
    if (!isEnded(swap))
      throw badUserInput([
        { path: 'id', message: 'this swap is not finished; its webhook is called when it is' },
      ]);
    countRequest(swap.id);
    const owner = { client: swap.client, host: new URL(webhook).host };
    await outbox.add(swap.id, clock.now(), { ...owner, again: true });
    return swap;
  };
}
