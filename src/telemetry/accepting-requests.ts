import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { SwapStore } from '../swap/ports.js';
import type { AcceptingRequest, Swap } from '../swap/swap.js';

/** The requests that the swaps of this instance were accepted from, as far as their records were read or written lately. */
export interface AcceptingRequests {
  of(swapId: string): AcceptingRequest | undefined;
  /** Remembers the request of each swap that passes through the store. */
  follow(store: SwapStore): SwapStore;
  /** The same logger, which adds the ids of its request, and of its trace if there is one, to every line about a swap. */
  addTo(log: Logger): Logger;
}

/** A few hundred bytes each. Beyond these, the swap used least recently is forgotten until it is read again. */
const maxSwaps = 10_000;

export function createAcceptingRequests(): AcceptingRequests {
  const requests = new LRUCache<string, AcceptingRequest>({ max: maxSwaps });
  const noted = <S extends Swap | undefined>(swap: S): S => {
    if (swap?.acceptedBy) requests.set(swap.id, swap.acceptedBy);
    return swap;
  };
  const idsOf = (swapId: string): object | undefined => {
    const { requestId, traceparent } = requests.get(swapId) ?? {};
    return requestId === undefined ? undefined : { requestId, traceId: traceparent?.split('-')[1] };
  };

  return {
    of: (swapId) => requests.get(swapId),
    follow: (store) => ({
      ...store,
      create: (swap, claims) => store.create(noted(swap), claims),
      save: (swap) => store.save(noted(swap)),
      finish: (swap) => store.finish(noted(swap)),
      get: async (id) => noted(await store.get(id)),
    }),
    addTo: (log) =>
      log.child(
        {},
        {
          formatters: {
            // A line's own request, such as the one of a webhook, takes precedence.
            log: (fields: { swap?: unknown }) => {
              const { swap } = fields;
              return typeof swap === 'string' ? { ...idsOf(swap), ...fields } : fields;
            },
          },
        },
      ),
  };
}
