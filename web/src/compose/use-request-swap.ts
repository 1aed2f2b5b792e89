import { useApolloClient, useMutation } from '@apollo/client/react';
import { useRef, useState } from 'react';
import { announceNewSwap } from '../gateway/connection.ts';
import { type RequestError, readRequestError } from '../gateway/request-error.ts';
import {
  RequestSwapDocument,
  type SingleFaceSwapInput,
  type SwapCardFragment,
  SwapCardFragmentDoc,
} from '../generated/graphql.ts';
import { isEnded } from '../swaps/swap-state.ts';
import { randomKey } from './random-key.ts';

export interface RequestSwap {
  isSending: boolean;
  requestError: RequestError | undefined;
  clearError(): void;
  /** @returns the swap, or undefined if it was not accepted */
  send(input: SingleFaceSwapInput): Promise<SwapCardFragment | undefined>;
}

/**
 * Requests swaps. The same pictures use the same idempotency key until their swap has finished, so that neither a
 * second click nor a retry after a lost response is paid for twice.
 */
export function useRequestSwap(): RequestSwap {
  const { cache } = useApolloClient();
  const [mutate, { loading }] = useMutation(RequestSwapDocument);
  const [requestError, setError] = useState<RequestError>();
  const last = useRef<{ text: string; key: string; swapId?: string }>(undefined);

  const keyFor = (text: string): string => {
    const { current } = last;
    if (current?.text === text) {
      const swap =
        current.swapId && cache.readFragment({ id: `Swap:${current.swapId}`, fragment: SwapCardFragmentDoc });
      if (!swap || !isEnded(swap.status)) return current.key;
    }
    const key = randomKey();
    last.current = { text, key };
    return key;
  };

  return {
    isSending: loading,
    requestError,
    clearError: () => setError(undefined),
    async send(input) {
      setError(undefined);
      const text = JSON.stringify(input);
      const idempotencyKey = keyFor(text);
      try {
        const { data } = await mutate({ variables: { input: { ...input, idempotencyKey } } });
        const swap = data?.singleFaceSwap;
        if (swap) last.current = { text, key: idempotencyKey, swapId: swap.id };
        announceNewSwap();
        return swap;
      } catch (error) {
        setError(readRequestError(error));
        return undefined;
      }
    },
  };
}
