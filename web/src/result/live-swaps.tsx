import { skipToken, useFragment, useSubscription } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { requestRefresh } from '../gateway/connection.ts';
import { FollowSwapDocument, SwapCardFragmentDoc } from '../generated/graphql.ts';
import { useLiveIds } from '../history/use-history.ts';
import { t } from '../messages/messages.ts';
import { announce } from '../ui/announcer.tsx';
import { describeMoment } from '../ui/durations.ts';
import { notifyOfEnd } from './notifications.ts';
import { describeState, isEnded, stateOf } from './swap-state.ts';

const pauseMs = 3000;

/** Follows every shown swap that has not ended. Updates go into the cache that everything renders from. */
export function LiveSwaps() {
  const ids = useLiveIds();
  const [followed, setFollowed] = useState(ids);
  // A swap that has just ended stays until its end was announced.
  const all = [...new Set([...ids, ...followed])];
  if (ids.some((id) => !followed.includes(id))) setFollowed(all);
  return all.map((id) => <LiveSwap key={id} id={id} />);
}

/** The socket handles lost connections; a rejected subscription, such as one too many, is retried after a pause. */
function LiveSwap({ id }: { id: string }) {
  const [isPaused, setPaused] = useState(false);
  const from = { __typename: 'Swap', id } as const;
  const { data, complete } = useFragment({ fragment: SwapCardFragmentDoc, fragmentName: 'SwapCard', from });
  const swap = complete ? data : undefined;
  const isFollowed = swap !== undefined && !isEnded(swap.status) && !isPaused;
  useSubscription(
    FollowSwapDocument,
    isFollowed ? { variables: { id }, ignoreResults: true, onError: () => setPaused(true) } : skipToken,
  );
  useEffect(() => {
    if (!isPaused) return;
    const timer = setTimeout(() => setPaused(false), pauseMs);
    return () => clearTimeout(timer);
  }, [isPaused]);

  const seen = useRef(swap?.status);
  useEffect(() => {
    if (!swap || seen.current === swap.status) return;
    seen.current = swap.status;
    const name = describeMoment(swap.createdAt);
    announce(t.live.swap(name, stateOf(swap), describeState(swap, Date.now())));
    notifyOfEnd(swap);
    // The status line changes along with it.
    requestRefresh();
  }, [swap]);
  return null;
}
