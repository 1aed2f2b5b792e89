import type { ListedDelivery, WebhookOutbox } from '../../swap/webhook-outbox.js';
import { isoTime, listLimit } from './admin-fields.js';
import type { AdminRoute } from './admin-route.js';

/**
 * `GET /webhooks?first=100`: client webhooks that wait for their next attempt, and those that were given up. Of their URLs, the host
 * only.
 */
export function createWebhooksRoute(outbox: Pick<WebhookOutbox, 'list'>): AdminRoute {
  return {
    method: 'GET',
    path: '/webhooks',
    act: 'webhooks.read',
    async run({ query }) {
      const limit = listLimit(query);
      const [waiting, givenUp] = await Promise.all([
        outbox.list('waiting', limit),
        outbox.list('given-up', limit),
      ]);
      return {
        waiting: waiting.total,
        givenUp: givenUp.total,
        waitingWebhooks: waiting.deliveries.map((entry) => ({
          ...describe(entry),
          dueAt: isoTime(entry.at),
        })),
        givenUpWebhooks: givenUp.deliveries.map((entry) => ({
          ...describe(entry),
          givenUpAt: isoTime(entry.at),
        })),
      };
    },
  };
}

const describe = ({ swapId, type = 'swap.finished', client, host, attempts }: ListedDelivery): object => ({
  swap: swapId,
  event: type,
  client: client ?? null,
  host: host ?? null,
  attempts,
});
