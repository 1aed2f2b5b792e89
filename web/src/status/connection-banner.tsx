import { useReactiveVar } from '@apollo/client/react';
import { connection } from '../gateway/connection.ts';

/** Shown while the gateway is unreachable; says that nothing is lost. */
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
                <strong>Connection lost. Reconnecting…</strong> Accepted swaps continue without this page.
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
