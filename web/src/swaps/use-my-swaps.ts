import { useApolloClient, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { usePolling } from '../gateway/use-polling.ts';
import { MySwapsDocument, type SwapCardFragment } from '../generated/graphql.ts';

export interface MySwaps {
  /** Newest first; undefined until the first response. */
  swaps: SwapCardFragment[] | undefined;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder(): void;
}

const pageSize = 12;
/** Finds new swaps of other tabs and devices; changes of known swaps arrive by subscription. */
const newestMs = 5000;

/** The client's swaps, as a list that grows at both ends. */
export function useMySwaps(): MySwaps {
  const client = useApolloClient();
  const [isLoadingOlder, setLoadingOlder] = useState(false);
  const page = useQuery(MySwapsDocument, { variables: { first: pageSize }, fetchPolicy: 'cache-only' }).data
    ?.swaps;
  const fetchPage = (after?: string) =>
    client.query({
      query: MySwapsDocument,
      variables: { first: pageSize, ...(after && { after }) },
      fetchPolicy: 'network-only',
    });
  usePolling(() => fetchPage(), newestMs);

  return {
    swaps: page?.edges.map(({ node }) => node),
    hasOlder: page?.pageInfo.hasNextPage ?? false,
    isLoadingOlder,
    loadOlder() {
      const cursor = page?.edges.at(-1)?.cursor;
      if (isLoadingOlder || !cursor) return;
      setLoadingOlder(true);
      fetchPage(cursor)
        .catch(() => undefined)
        .finally(() => setLoadingOlder(false));
    },
  };
}
