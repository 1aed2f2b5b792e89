import { badUserInput } from '../errors.js';
import { redeliverNow } from '../redelivery.js';
import { isEnded, type Swap } from '../swap.js';
import type { WebhookOutbox } from '../webhook-outbox.js';
import { putBack, type RestoreDeps } from './restore.js';

/** What an operator may do to a swap of any client. Undefined: there is no such swap. */
export interface OperatorActs {
  /**
   * Puts an open swap back that is in no queue, as the next start of a process would. One that may be at ModelsLab is followed, and
   * not submitted again.
   *
   * @throws BAD_USER_INPUT for any other swap
   */
  requeue(
    id: string,
  ): Promise<{ id: string; action: 'wait' | 'follow'; queuePosition: number | null } | undefined>;
  /**
   * Delivers the client webhook of a finished swap again, and that of its late result, regardless of earlier deliveries.
   *
   * @throws BAD_USER_INPUT for a swap that is not finished or has no webhook
   */
  redeliver(id: string): Promise<{ id: string; events: string[] } | undefined>;
}

interface OperatorActsDeps extends Pick<RestoreDeps, 'store' | 'queue' | 'clock' | 'policy'> {
  outbox: Pick<WebhookOutbox, 'add'>;
}

export function createOperatorActs(deps: OperatorActsDeps): OperatorActs {
  const { store, queue, clock, outbox } = deps;
  return {
    async requeue(id) {
      const swap = await store.get(id);
      if (!swap) return undefined;
      const problem = await whyNotRequeued(swap);
      if (problem !== undefined) throw badUserInput([{ path: 'id', message: problem }]);
      const action = isEnded(swap) ? undefined : await putBack(swap, deps);
      return action && { id, action, queuePosition: await queue.position(id) };
    },
    async redeliver(id) {
      const swap = await store.get(id);
      return swap && { id, events: await redeliverNow(swap, outbox, clock.now()) };
    },
  };

  async function whyNotRequeued(swap: Swap): Promise<string | undefined> {
    if (isEnded(swap))
      return `the swap is ${swap.status}, and the outcome of a finished swap never changes; its client may request a new one`;
    const [isMissing] = await queue.missing([swap.id]);
    if (isMissing !== undefined) return undefined;
    const position = await queue.position(swap.id);
    if (position !== null) return `the swap is waiting already, at position ${position}`;
    return swap.status === 'PROCESSING'
      ? 'the swap is at ModelsLab and is being followed; submitting it again could pay for it twice'
      : 'the swap has a slot and is being submitted';
  }
}
