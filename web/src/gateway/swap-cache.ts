import { type FieldMergeFunction, InMemoryCache } from '@apollo/client';
import type { MySwapsQuery } from '../generated/graphql.ts';

type SwapPage = MySwapsQuery['swaps'];

/**
 * One list out of pages. A page that was asked for by a cursor goes to the end. The newest page goes to the front of what is
 * known, unless so much happened in between that the two do not touch.
 */
export const mergeSwapPages: FieldMergeFunction<SwapPage, SwapPage> = (known, page, { args }) => {
  if (!known) return page;
  const cursors = new Set(page.edges.map(({ cursor }) => cursor));
  const others = known.edges.filter(({ cursor }) => !cursors.has(cursor));
  if (args?.['after']) return { ...page, edges: [...others, ...page.edges] };
  if (others.length === known.edges.length && page.pageInfo.hasNextPage) return page;
  return { ...known, edges: [...page.edges, ...others] };
};

/** Where all that the Studio knows of swaps is kept. Every answer about a swap updates its card, by its id. */
export function createSwapCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      Query: {
        fields: {
          swaps: { keyArgs: false, merge: mergeSwapPages },
          samples: { merge: false },
          gatewayStatus: { merge: false },
        },
      },
      GatewayStatus: { keyFields: [] },
      Sample: { keyFields: ['url'] },
    },
  });
}
