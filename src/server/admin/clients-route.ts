import type { ClientRulesReader } from '../../swap/client-rules.js';
import type { SwapIndex, SwapQueue } from '../../swap/ports.js';
import { accountOf } from '../../swap/principal.js';
import type { AdminRoute } from './admin-route.js';

export interface ClientsRouteOptions {
  /** Clients with API keys or settings of their own. */
  names(): string[];
  /** How many valid keys a client has. */
  keyCount(client: string): number;
  rulesOf: ClientRulesReader;
  queue: Pick<SwapQueue, 'next' | 'counts'>;
  swapIndex: Pick<SwapIndex, 'open'>;
}

/** `GET /clients`: configured clients, and others with open swaps, with their limits. Those of client tokens count on their parent. */
export function createClientsRoute(options: ClientsRouteOptions): AdminRoute {
  const { names, keyCount, rulesOf, queue, swapIndex } = options;
  return {
    method: 'GET',
    path: '/clients',
    act: 'clients.read',
    async run() {
      const { waiting } = await queue.counts();
      const [entries, open] = await Promise.all([queue.next(waiting), swapIndex.open()]);
      const queued = countBy(entries);
      const all = countBy(open);
      const configured = names();
      const clients = [...new Set([...configured, ...all.keys(), ...queued.keys()])].sort();
      return {
        clients: clients.map((client) => {
          const rules = rulesOf(client);
          const waits = queued.get(client) ?? 0;
          return {
            client,
            configured: configured.includes(client),
            keys: keyCount(client),
            queued: waits,
            inProgress: Math.max((all.get(client) ?? 0) - waits, 0),
            maxWaiting: rules.maxWaiting,
            swapsPerDay: rules.swapsPerDay ?? null,
            consentRequired: rules.requiresConsent,
            watermarkRequired: rules.requiresWatermark,
          };
        }),
      };
    },
  };
}

function countBy(swaps: readonly { client: string }[]): Map<string, number> {
  const groups = Map.groupBy(swaps, ({ client }) => accountOf(client));
  return new Map([...groups].map(([client, own]) => [client, own.length]));
}
