import { skipToken, useQuery, useReactiveVar } from '@apollo/client/react';
import { useEffect } from 'react';
import { onRefreshRequested } from '../gateway/connection.ts';
import { OneSwapDocument, type SwapCardFragment } from '../generated/graphql.ts';
import { selectedId } from './selection.ts';

export interface SelectedSwap {
  id: string | undefined;
  /** Undefined while it loads, if there is no such swap, and if none is selected. */
  swap: SwapCardFragment | undefined;
  isUnknown: boolean;
}

/** The swap of the page's address. Swaps of the history are in the cache already. */
export function useSelectedSwap(): SelectedSwap {
  const id = useReactiveVar(selectedId);
  const { data, error, refetch } = useQuery(
    OneSwapDocument,
    id === undefined ? skipToken : { variables: { id } },
  );
  const hasFailed = error !== undefined;
  // Once there is a connection, or another key.
  useEffect(
    () => (hasFailed ? onRefreshRequested(() => void refetch().catch(() => undefined)) : undefined),
    [hasFailed, refetch],
  );
  return { id, swap: data?.swapResult ?? undefined, isUnknown: data?.swapResult === null };
}
