import { useApolloClient, useQuery, useReactiveVar } from '@apollo/client/react';
import { useState } from 'react';
import { OverviewDocument, type SwapCardFragment } from '../generated/graphql.ts';
import { isEnded } from '../result/swap-state.ts';
import { useSelectedSwap } from '../result/use-selected-swap.ts';
import { filterVariables, historyFilter } from './filter.ts';

export interface History {
  /** Newest first; undefined until the first response. */
  swaps: SwapCardFragment[] | undefined;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder(): void;
}

/** The client's swaps that match the filter, as a list that grows at both ends. Erased ones are not in it. */
export function useHistory(): History {
  const client = useApolloClient();
  const [isLoadingOlder, setLoadingOlder] = useState(false);
  const variables = filterVariables(useReactiveVar(historyFilter));
  const page = useQuery(OverviewDocument, { variables, fetchPolicy: 'cache-only' }).data?.swaps;
  return {
    swaps: page?.edges.map(({ node }) => node).filter(({ erasedAt }) => !erasedAt),
    hasOlder: page?.pageInfo.hasNextPage ?? false,
    isLoadingOlder,
    loadOlder() {
      const after = page?.edges.at(-1)?.cursor;
      if (isLoadingOlder || !after) return;
      setLoadingOlder(true);
      client
        .query({ query: OverviewDocument, variables: { ...variables, after }, fetchPolicy: 'network-only' })
        .catch(() => undefined)
        .finally(() => setLoadingOlder(false));
    },
  };
}

/** Whether something is still to come for a swap that is shown. */
export function useIsBusy(): boolean {
  const { swaps = [] } = useHistory();
  const { swap } = useSelectedSwap();
  const shown = swap ? [swap, ...swaps] : swaps;
  return shown.some(({ status, archiveState }) => !isEnded(status) || archiveState === 'PENDING');
}

/** The swaps that have not ended, of those shown. */
export function useLiveIds(): string[] {
  const { swaps = [] } = useHistory();
  const { swap } = useSelectedSwap();
  const shown = swap ? [swap, ...swaps] : swaps;
  return [...new Set(shown.filter(({ status }) => !isEnded(status)).map(({ id }) => id))];
}
