import { useReactiveVar } from '@apollo/client/react';
import { type MouseEvent, memo } from 'react';
import { thumbnailUrl, viewUrl } from '../gateway/own-pictures.ts';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { pathOf, resultTab, select, selectedId } from '../result/selection.ts';
import { stateOf } from '../result/swap-state.ts';
import { describeMoment } from '../ui/durations.ts';
import { scrollTowards } from '../ui/scroll-towards.ts';
import { Thumb } from '../ui/thumb.tsx';

interface HistoryItemProps {
  swap: SwapCardFragment;
  /** Undefined: a click shows the swap instead of selecting it. */
  isPicked: boolean | undefined;
  onPick(): void;
}

/** A swap in the history: a link to its page, which opens here; or a checkbox while swaps are selected. */
export const HistoryItem = memo(function HistoryItem({ swap, isPicked, onPick }: HistoryItemProps) {
  const isShown = useReactiveVar(selectedId) === swap.id;
  const { id, status, output, initImage, targetImage, createdAt } = swap;
  const [result] = output;
  const show = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    resultTab('result');
    select(id);
    scrollTowards('result');
  };
  const content = (
    <>
      <span className="card-media">
        <Thumb src={result ? viewUrl(result) : viewUrl(initImage)} />
        {!result && <Thumb className="card-face" src={thumbnailUrl(targetImage)} />}
      </span>
      <span className="card-words">
        <span className="state" data-status={status}>
          {stateOf(swap)}
        </span>
        <time dateTime={createdAt}>{describeMoment(createdAt)}</time>
      </span>
    </>
  );
  if (isPicked !== undefined) {
    return (
      <label className="card" data-status={status} data-picked={isPicked || undefined}>
        <input type="checkbox" checked={isPicked} onChange={onPick} />
        {content}
      </label>
    );
  }
  return (
    <a
      className="card"
      href={pathOf(id)}
      data-status={status}
      aria-current={isShown ? 'true' : undefined}
      onClick={show}
    >
      {content}
    </a>
  );
});
