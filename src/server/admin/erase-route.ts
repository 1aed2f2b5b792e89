import type { AdminRoute } from './admin-route.js';

/** What the erasure of a client did; becomes the receipt. Counts of swaps and uploads. */
export interface ClientErasure {
  client: string;
  erasedAt: string;
  swaps: { erased: number; pending: number; notPossible: number };
  /** Parts that the gateway could not erase, by swap. */
  reasons: { swap: string; what: string; reason: string }[];
  uploads: number;
  usage: 'DONE';
  /** Evidence of consent has a retention of its own. */
  consents: 'KEPT';
}

/** `POST /clients/{name}/erase`: erases everything about a client and its client tokens. Returns the receipt. */
export function createEraseRoute(erase: (client: string) => Promise<ClientErasure>): AdminRoute {
  return {
    method: 'POST',
    path: '/clients/:client/erase',
    act: 'client.erase',
    subject: ({ params }) => ({ client: params['client'] ?? '' }),
    run: ({ params }) => erase(params['client'] ?? ''),
  };
}
