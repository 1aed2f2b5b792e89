import { viewUrl } from '../gateway/own-pictures.ts';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { BeforeAfter } from './before-after.tsx';

/** The result compared with its picture; without a result, the dimmed picture alone. */
export function SwapMedia({ swap }: { swap: SwapCardFragment }) {
  const { status, initImage, targetImage, output } = swap;
  const [result] = output;
  if (result) return <BeforeAfter before={viewUrl(initImage)} after={viewUrl(result)} />;
  const isPending = status === 'QUEUED' || status === 'PROCESSING';
  return (
    <div className="media" data-pending={isPending || undefined}>
      <img className="media-picture" src={viewUrl(initImage)} alt="" loading="lazy" />
      {isPending && (
        <span className="media-face">
          <img src={viewUrl(targetImage)} alt="" loading="lazy" />
        </span>
      )}
    </div>
  );
}
