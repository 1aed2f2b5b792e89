import { useReactiveVar } from '@apollo/client/react';
import { connection } from '../gateway/connection.ts';

/** Says that the gateway is gone, and that nothing is lost by that. */
export function ConnectionBanner() {
  const current = useReactiveVar(connection);
  return (
    <div role="status">
      {current.state !== 'online' && (
        <p className="banner">
          {current.state === 'lost' ? (
            <>
              <span className="spinner" aria-hidden="true" />
              <span>
                <strong>Connection lost. Reconnecting…</strong> Swaps that were taken go on without this page.
              </span>
            </>
          ) : (
            <span>{current.message}</span>
          )}
        </p>
      )}
    </div>
  );
}
