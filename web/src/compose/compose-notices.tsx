import type { StatusQuery } from '../generated/graphql.ts';
import { Icon } from '../ui/icon.tsx';

/** Notices about limitations: which pictures cannot be used, and whether ModelsLab is unavailable. */
export function ComposeNotices({ status }: { status: StatusQuery['gatewayStatus'] | undefined }) {
  if (!status) return null;
  const { upstream, picturesReachable, upstreamAvailable } = status;
  return (
    <>
      {upstream === 'LIVE' && !picturesReachable && (
        <p className="notice">
          <Icon name="info" />
          <span>
            <strong>Links only.</strong> ModelsLab cannot fetch files from this gateway, because its{' '}
            <code>PUBLIC_URL</code> is not public. Set it to a public https URL to upload files and use the
            samples.
          </span>
        </p>
      )}
      {!upstreamAvailable && (
        <p className="notice">
          <Icon name="info" />
          <span>
            <strong>ModelsLab is unavailable.</strong> New swaps are accepted and wait until it is back.
          </span>
        </p>
      )}
    </>
  );
}
