import type { SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { describeDuration, describeMoment } from '../ui/durations.ts';
import { stateOf } from './swap-state.ts';

/** State, time, and how long it took. */
export function StateLine({ swap }: { swap: SwapCardFragment }) {
  const { status, createdAt, completedAt } = swap;
  return (
    <p className="state-line">
      <strong className="state" data-status={status}>
        {stateOf(swap)}
      </strong>
      <time dateTime={createdAt}>{describeMoment(createdAt)}</time>
      {completedAt && status === 'SUCCEEDED' && (
        <span>{t.result.took(describeDuration(Date.parse(completedAt) - Date.parse(createdAt)))}</span>
      )}
    </p>
  );
}
