import type { StatusQuery } from '../generated/graphql.ts';
import { Icon } from '../ui/icon.tsx';

/** What to know before requesting: whether it costs, and which pictures will not do. */
export function ComposeNotices({ status }: { status: StatusQuery['gatewayStatus'] | undefined }) {
  if (!status) return null;
  const { upstream, picturesReachable, upstreamAvailable } = status;
  return (
    <>
      {upstream === 'LIVE' && !picturesReachable && (
        <p className="notice">
          <Icon name="info" />
          <span>
            <strong>Links only.</strong> ModelsLab cannot fetch files from this gateway, since its{' '}
            <code>PUBLIC_URL</code> is not public. Set that to an https address to upload files and use the
            samples.
          </span>
        </p>
      )}
      {!upstreamAvailable && (
        <p className="notice">
          <Icon name="info" />
          <span>
            <strong>ModelsLab does not answer at the moment.</strong> Swaps are taken and wait until it does.
          </span>
        </p>
      )}
    </>
  );
}
