import { useReactiveVar } from '@apollo/client/react';
import { useIsLost } from '../gateway/use-gateway.ts';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { useHistory } from '../history/use-history.ts';
import { t } from '../messages/messages.ts';
import { useGatewayStatus } from '../status/use-gateway-status.ts';
import { describeDuration } from '../ui/durations.ts';
import { Icon } from '../ui/icon.tsx';
import { useNow } from '../ui/use-now.ts';
import { canNotify, requestNotification, wantsNotification } from './notifications.ts';
import { Scene } from './scene.tsx';
import { describeState, learnDuration, progressOf } from './swap-state.ts';

const tickMs = 250;

/** A swap in progress: position in the queue, or remaining time. Frozen while the connection is lost, since nothing is known then. */
export function PendingStage({ swap }: { swap: SwapCardFragment }) {
  const isLost = useIsLost();
  const now = useNow(tickMs, isLost);
  const learnedMs = learnDuration(useHistory().swaps ?? []);
  const part = progressOf(swap, now, learnedMs);
  const slots = useGatewayStatus()?.queueLimit;
  const words = isLost ? t.result.frozen : describeState(swap, now, learnedMs, slots);
  const { initImage, targetImage, referenceImage, createdAt } = swap;
  return (
    <Scene picture={initImage} face={targetImage} reference={referenceImage} isDimmed>
      <div className="progress" data-frozen={isLost || undefined}>
        <p className="progress-words">
          <span>{words}</span>
          <span>{t.result.elapsed(describeDuration(now - Date.parse(createdAt)))}</span>
        </p>
        <div
          className="progress-track"
          role="progressbar"
          aria-label={t.result.progress}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuetext={words}
          {...(part !== undefined && { 'aria-valuenow': Math.round(part * 100) })}
          data-unknown={part === undefined || undefined}
        >
          <span style={{ transform: `scaleX(${part ?? 1})` }} />
        </div>
        <NotifyButton />
      </div>
    </Scene>
  );
}

function NotifyButton() {
  const isWanted = useReactiveVar(wantsNotification);
  if (isWanted) return <p className="muted">{t.result.notified}</p>;
  if (!canNotify()) return null;
  return (
    <button type="button" className="text-button" onClick={() => void requestNotification()}>
      <Icon name="bell" /> {t.result.notify}
    </button>
  );
}
