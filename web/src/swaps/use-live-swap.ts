import { skipToken, useSubscription } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { askAgain } from '../gateway/connection.ts';
import { FollowSwapDocument, type SwapCardFragment } from '../generated/graphql.ts';
import { announce } from '../ui/announcer.tsx';
import { describeState, isEnded, stateWords } from './swap-state.ts';

const pauseMs = 3000;

/**
 * Follows a swap until its end; what is heard goes into the cache, from where the card is drawn. Lost connections are the
 * socket's matter; refusals, such as too many subscriptions, are asked again after a pause.
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
    // The gateway's line changes with it.
    askAgain();
  }, [swap]);
}
