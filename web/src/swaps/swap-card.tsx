import { memo } from 'react';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { describeDuration, describeMoment } from '../ui/durations.ts';
import { SwapActions } from './swap-actions.tsx';
import { SwapInputs } from './swap-inputs.tsx';
import { SwapMedia } from './swap-media.tsx';
import { SwapProgress } from './swap-progress.tsx';
import { describeState, isEnded, stateWords } from './swap-state.ts';
import { useLiveSwap } from './use-live-swap.ts';

/** A swap, from its request to its result. */
export const SwapCard = memo(function SwapCard({ swap }: { swap: SwapCardFragment }) {
  useLiveSwap(swap);
  const { status, createdAt, completedAt, error } = swap;
  const words = describeState(swap, Date.now());
  return (
    <article className="card" data-status={status} aria-labelledby={`state-${swap.id}`}>
      <SwapMedia swap={swap} />
      <div className="card-body">
        <div className="card-head">
          <h3 className="state" id={`state-${swap.id}`}>
            {stateWords[status]}
          </h3>
          <time dateTime={createdAt}>{describeMoment(createdAt)}</time>
          {completedAt && status === 'SUCCEEDED' && (
            <span className="took">{describeDuration(Date.parse(completedAt) - Date.parse(createdAt))}</span>
          )}
        </div>
        {isEnded(status) ? (
          words && (
            <p className="card-words">
              {words}
              {error && <code>{error.code}</code>}
            </p>
          )
        ) : (
          <SwapProgress swap={swap} />
        )}
        <div className="card-foot">
          <SwapInputs swap={swap} />
          <SwapActions swap={swap} />
        </div>
      </div>
    </article>
  );
});
