import { skipToken, useSubscription } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { requestRefresh } from '../gateway/connection.ts';
import { FollowSwapDocument, type SwapCardFragment } from '../generated/graphql.ts';
import { announce } from '../ui/announcer.tsx';
import { describeState, isEnded, stateWords } from './swap-state.ts';

const pauseMs = 3000;

/**
 * Follows a swap until it finishes; updates go into the cache that the card renders from. The socket handles lost
 * connections; a rejected subscription, such as one too many, is retried after a pause.
 */
export function useLiveSwap(swap: SwapCardFragment): void {
  const [isPaused, setPaused] = useState(false);
  const isFollowed = !isEnded(swap.status) && !isPaused;
  useSubscription(
    FollowSwapDocument,
    isFollowed
      ? { variables: { id: swap.id }, ignoreResults: true, onError: () => setPaused(true) }
      : skipToken,
  );
  useEffect(() => {
    if (!isPaused) return;
    const timer = setTimeout(() => setPaused(false), pauseMs);
    return () => clearTimeout(timer);
  }, [isPaused]);

  const seen = useRef(swap.status);
  useEffect(() => {
    if (seen.current === swap.status) return;
    seen.current = swap.status;
    announce(`Swap: ${stateWords[swap.status]}. ${describeState(swap, Date.now())}`);
    // The status line changes along with it.
    requestRefresh();
  }, [swap]);
}
