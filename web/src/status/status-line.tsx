import { useReactiveVar } from '@apollo/client/react';
import { connection } from '../gateway/connection.ts';
import { t } from '../messages/messages.ts';
import { useGatewayStatus } from './use-gateway-status.ts';

/** The gateway's status in one line. */
export function StatusLine() {
  const status = useGatewayStatus();
  const { state } = useReactiveVar(connection);
  if (state === 'lost')
    return (
      <p className="status" data-tone="bad">
        {t.status.reconnecting}
      </p>
    );
  if (!status)
    return (
      <p className="status" data-tone="idle">
        {t.status.connecting}
      </p>
    );
  const { upstream, upstreamAvailable, pauseReason, processing, queueLimit, queued } = status;
  return (
    <p className="status" data-tone={upstreamAvailable && !pauseReason ? 'good' : 'bad'}>
      <strong>{t.status.modes[upstream]}</strong>
      <span className="status-extra">{t.status.busy(Math.min(processing, queueLimit), queueLimit)}</span>
      <span className="status-extra">{t.status.waiting(queued)}</span>
      {!upstreamAvailable && <span>{t.status.unreachable}</span>}
      {upstreamAvailable && pauseReason && <span>{t.status.paused[pauseReason]}</span>}
    </p>
  );
}
