import type { ApolloClient } from '@apollo/client';
import { makeVar } from '@apollo/client';
import { requestRefresh } from '../gateway/connection.ts';
import { EraseSwapDocument, type EraseSwapMutation } from '../generated/graphql.ts';

/** How far erasures that were requested on this page have come, by the id of the swap. */
export const erasures = makeVar<Record<string, EraseSwapMutation['eraseSwap']['parts']>>({});

/** Erases a swap; it leaves the history at once. @throws as Apollo does */
export async function eraseSwap(client: ApolloClient, id: string): Promise<void> {
  const { data } = await client.mutate({ mutation: EraseSwapDocument, variables: { id } });
  if (!data) return;
  const { erasedAt, parts } = data.eraseSwap;
  erasures({ ...erasures(), [id]: parts });
  client.cache.modify({
    id: `Swap:${id}`,
    fields: { erasedAt: () => erasedAt, output: () => [], files: () => [] },
  });
  requestRefresh();
}
