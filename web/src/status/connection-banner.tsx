import { useReactiveVar } from '@apollo/client/react';
import { connection } from '../gateway/connection.ts';
import { t } from '../messages/messages.ts';

/** Shown while the gateway is unreachable; says that nothing is lost. */
export function ConnectionBanner() {
  const current = useReactiveVar(connection);
  return (
    <div role="status" className="banner-place">
      {current.state !== 'online' && (
        <p className="banner">
          {current.state === 'lost' ? (
            <>
              <span className="spinner" aria-hidden="true" />
              <span>
                <strong>{t.banner.lost}</strong> {t.banner.lostDetail}
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
