import { useApolloClient, useMutation } from '@apollo/client/react';
import { useRef, useState } from 'react';
import { tellOfNewSwap } from '../gateway/connection.ts';
import { type Refusal, readRefusal } from '../gateway/refusal.ts';
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
  refusal: Refusal | undefined;
  forgetRefusal(): void;
  /** @returns the swap, or undefined when it was not taken */
  send(input: SingleFaceSwapInput): Promise<SwapCardFragment | undefined>;
}

/**
 * Requests swaps. The same pictures carry the same idempotency key until their swap has ended, so that neither a second click
 * nor a repetition after a lost answer is paid for twice.
 */
export function useRequestSwap(): RequestSwap {
  const { cache } = useApolloClient();
  const [mutate, { loading }] = useMutation(RequestSwapDocument);
  const [refusal, setRefusal] = useState<Refusal>();
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
    refusal,
    forgetRefusal: () => setRefusal(undefined),
    async send(input) {
      setRefusal(undefined);
      const text = JSON.stringify(input);
      const idempotencyKey = keyFor(text);
      try {
        const { data } = await mutate({ variables: { input: { ...input, idempotencyKey } } });
        const swap = data?.singleFaceSwap;
        if (swap) last.current = { text, key: idempotencyKey, swapId: swap.id };
        tellOfNewSwap();
        return swap;
      } catch (error) {
        setRefusal(readRefusal(error));
        return undefined;
      }
    },
  };
}
