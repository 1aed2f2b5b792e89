import { type FieldMergeFunction, InMemoryCache } from '@apollo/client';
import type { OverviewQuery } from '../generated/graphql.ts';

type SwapPage = OverviewQuery['swaps'];

/**
 * Merges pages into one list. A page fetched by cursor goes to the end. The newest page goes to the front of the known
 * list, or replaces it if the two no longer overlap.
 */
export const mergeSwapPages: FieldMergeFunction<SwapPage, SwapPage> = (known, page, { args }) => {
  if (!known) return page;
  const cursors = new Set(page.edges.map(({ cursor }) => cursor));
  const others = known.edges.filter(({ cursor }) => !cursors.has(cursor));
  if (args?.['after']) return { ...page, edges: [...others, ...page.edges] };
  if (others.length === known.edges.length && page.pageInfo.hasNextPage) return page;
  return { ...known, edges: [...page.edges, ...others] };
};

/** The Studio's cache of swaps. Every response about a swap updates its card, by its id. */
export function createSwapCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      Query: {
        fields: {
          swaps: { keyArgs: ['status', 'createdAfter'], merge: mergeSwapPages },
          samples: { merge: false },
          gatewayStatus: { merge: false },
          swapResult: {
            read: (known, { args, toReference }) =>
              // Null: there is no such swap.
              known === undefined ? toReference({ __typename: 'Swap', id: args?.['id'] as string }) : known,
          },
        },
      },
      GatewayStatus: { keyFields: [] },
      Sample: { keyFields: ['url'] },
      // A file has no id: it belongs to its swap.
      Swap: { fields: { files: { merge: false } } },
    },
  });
}
