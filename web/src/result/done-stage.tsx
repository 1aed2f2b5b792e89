import { useReactiveVar } from '@apollo/client/react';
import { useRef, useState } from 'react';
import { viewUrl } from '../gateway/own-pictures.ts';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { Compare } from './compare.tsx';
import { ratioOf } from './frame.tsx';
import { compareView } from './view.ts';
import { ViewBar } from './view-bar.tsx';

/** The result, as large as the window allows, and the ways to look at it. */
export function DoneStage({ swap, result }: { swap: SwapCardFragment; result: string }) {
  const stage = useRef<HTMLDivElement>(null);
  const view = useReactiveVar(compareView);
  const [zoom, setZoom] = useState(1);
  const [isHeld, setHeld] = useState(false);
  const [isGone, setGone] = useState(false);
  const [file] = swap.files;
  const known = file?.width && file.height ? file.width / file.height : 3 / 2;
  const [ratio, setRatio] = useState(known);
  if (isGone) {
    return (
      <div className="stage stage-empty">
        <p className="muted">{t.result.gone}</p>
      </div>
    );
  }
  return (
    <div className="viewer" ref={stage}>
      <div className="stage" data-zoomed={zoom > 1 || undefined}>
        <Compare
          before={viewUrl(swap.initImage)}
          after={viewUrl(result)}
          view={isHeld ? 'before' : view}
          {...{ ratio, zoom }}
          onLoad={(picture) => setRatio(ratioOf(picture))}
          onGone={() => setGone(true)}
        />
      </div>
      <ViewBar stage={stage} {...{ zoom }} onZoom={setZoom} onHold={setHeld} />
    </div>
  );
}
