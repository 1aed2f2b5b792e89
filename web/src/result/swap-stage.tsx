import { t } from '../messages/messages.ts';
import { Empty } from '../ui/empty.tsx';
import { DoneStage } from './done-stage.tsx';
import { EndedStage } from './ended-stage.tsx';
import { PendingStage } from './pending-stage.tsx';
import { select } from './selection.ts';
import { isEnded } from './swap-state.ts';
import type { SelectedSwap } from './use-selected-swap.ts';

/** The stage of a swap, by its state. */
export function SwapStage({ swap, isUnknown }: SelectedSwap) {
  if (!swap) {
    return (
      <div className="stage stage-empty">
        <Empty>
          <p>{isUnknown ? t.result.unknown : t.result.loading}</p>
          {isUnknown && (
            <button type="button" className="button" onClick={() => select(undefined)}>
              {t.result.startOver}
            </button>
          )}
        </Empty>
      </div>
    );
  }
  if (!isEnded(swap.status)) return <PendingStage swap={swap} />;
  const [result] = swap.output;
  return result && !swap.erasedAt ? <DoneStage swap={swap} result={result} /> : <EndedStage swap={swap} />;
}
