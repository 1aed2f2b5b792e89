import type { SwapCardFragment } from '../generated/graphql.ts';
import { describeDuration } from '../ui/durations.ts';
import { useNow } from '../ui/use-now.ts';
import { describeState, progressOf } from './swap-state.ts';

const tickMs = 250;

/** Estimated progress of the swap. */
export function SwapProgress({ swap }: { swap: SwapCardFragment }) {
  const now = useNow(tickMs);
  const part = progressOf(swap, now);
  const words = describeState(swap, now);
  return (
    <div className="progress">
      <p className="card-words">
        <span>{words}</span>
        <span className="elapsed">{describeDuration(now - Date.parse(swap.createdAt))}</span>
      </p>
      <div
        className="progress-track"
        role="progressbar"
        aria-label="Progress of the swap"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={words}
        {...(part !== undefined && { 'aria-valuenow': Math.round(part * 100) })}
        data-unknown={part === undefined || undefined}
      >
        <span style={{ transform: `scaleX(${part ?? 1})` }} />
      </div>
    </div>
  );
}
