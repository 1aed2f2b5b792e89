import { useReactiveVar } from '@apollo/client/react';
import { connection } from '../gateway/connection.ts';
import { useGatewayStatus } from './use-gateway-status.ts';

const modes = { LIVE: 'Live', SANDBOX: 'Sandbox' } as const;

/** The gateway's status in one line. */
export function StatusLine() {
  const status = useGatewayStatus();
  const { state } = useReactiveVar(connection);
  if (state === 'lost')
    return (
      <p className="status" data-tone="bad">
        Reconnecting…
      </p>
    );
  if (!status)
    return (
      <p className="status" data-tone="idle">
        Connecting…
      </p>
    );
  const { upstream, upstreamAvailable, processing, queueLimit, queued } = status;
  return (
    <p className="status" data-tone={upstreamAvailable ? 'good' : 'bad'}>
      <strong>{modes[upstream]}</strong>
      <span>
        {Math.min(processing, queueLimit)} of {queueLimit} <span className="status-extra">slots busy</span>
      </span>
      <span className="status-extra">{queued} waiting</span>
      {!upstreamAvailable && <span>ModelsLab unreachable</span>}
    </p>
  );
}
