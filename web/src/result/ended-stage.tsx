import { useReactiveVar } from '@apollo/client/react';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { Empty } from '../ui/empty.tsx';
import { erasures } from './erasures.ts';
import { Scene } from './scene.tsx';
import { describeState } from './swap-state.ts';

/** A swap that ended without a result, and why; or that was erased, and of which what is left. */
export function EndedStage({ swap }: { swap: SwapCardFragment }) {
  const parts = useReactiveVar(erasures)[swap.id] ?? [];
  const words = describeState(swap, Date.now());
  if (swap.erasedAt) {
    return (
      <div className="stage stage-empty">
        <Empty>
          <p>{words}</p>
          <ul className="parts">
            {parts.map(({ what, state, reason }) => (
              <li key={what} data-state={state}>
                {t.erase.parts[what]}: {t.erase.states[state]}
                {reason && <span className="muted"> {reason}</span>}
              </li>
            ))}
          </ul>
        </Empty>
      </div>
    );
  }
  const { initImage, targetImage, referenceImage, error } = swap;
  return (
    <Scene picture={initImage} face={targetImage} reference={referenceImage} isDimmed>
      <p className="ended-words" data-status={swap.status}>
        {words} {error && <code>{error.code}</code>}
      </p>
    </Scene>
  );
}
