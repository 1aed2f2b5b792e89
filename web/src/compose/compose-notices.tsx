import { t } from '../messages/messages.ts';
import type { StatusQuery } from '../status/use-gateway-status.ts';
import { Icon } from '../ui/icon.tsx';

/** Notices about limitations: which pictures cannot be used, and whether ModelsLab is unavailable. */
export function ComposeNotices({ status }: { status: StatusQuery | undefined }) {
  if (!status) return null;
  const { upstream, picturesReachable, upstreamAvailable } = status;
  return (
    <>
      {upstream === 'LIVE' && !picturesReachable && (
        <Notice title={t.notices.linksOnly} text={t.notices.linksOnlyDetail} />
      )}
      {!upstreamAvailable && <Notice title={t.notices.unavailable} text={t.notices.unavailableDetail} />}
    </>
  );
}

function Notice({ title, text }: { title: string; text: string }) {
  return (
    <p className="notice">
      <Icon name="info" />
      <span>
        <strong>{title}</strong> {text}
      </span>
    </p>
  );
}
