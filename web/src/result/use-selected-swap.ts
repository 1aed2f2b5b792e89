import { skipToken, useQuery, useReactiveVar } from '@apollo/client/react';
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
  const { data } = useQuery(OneSwapDocument, id === undefined ? skipToken : { variables: { id } });
  return { id, swap: data?.swapResult ?? undefined, isUnknown: data?.swapResult === null };
}
