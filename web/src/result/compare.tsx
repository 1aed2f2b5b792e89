import { type PointerEvent, useState } from 'react';
import { t } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';
import { Frame } from './frame.tsx';
import type { View } from './view.ts';

interface CompareProps {
  before: string;
  after: string;
  view: View;
  ratio: number;
  zoom: number;
  onLoad(after: HTMLImageElement): void;
  onGone(): void;
}

/** The picture before and after the swap. Both are loaded, so that no view flickers. */
export function Compare({ before, after, view, ratio, zoom, onLoad, onGone }: CompareProps) {
  const [percent, setPercent] = useState(50);
  const [isLoaded, setLoaded] = useState(false);
  const isSide = view === 'side';
  const hidden = { after: 0, before: 100, slider: percent, side: 0 }[view];
  const afterPicture = (
    <img
      className="frame-picture compare-after"
      src={after}
      alt={t.result.afterAlt}
      fetchPriority="high"
      data-revealed={isLoaded || undefined}
      style={{ clipPath: `inset(0 0 0 ${hidden}%)` }}
      onLoad={({ currentTarget }) => {
        setLoaded(true);
        onLoad(currentTarget);
      }}
      onError={onGone}
    />
  );
  const beforePicture = <img className="frame-picture" src={before} alt={t.result.beforeAlt} />;
  const label = (side: 'before' | 'after') => (
    <span className="compare-label" data-side={side} aria-hidden="true">
      {t.result[side]}
    </span>
  );
  if (isSide) {
    return (
      <Frame ratio={2 * ratio} zoom={zoom} className="compare-side">
        <div>
          {beforePicture}
          {label('before')}
        </div>
        <div>
          {afterPicture}
          {label('after')}
        </div>
      </Frame>
    );
  }
  return (
    <Frame ratio={ratio} zoom={zoom}>
      {beforePicture}
      {afterPicture}
      {hidden > 12 && label('before')}
      {hidden < 88 && hidden > 0 && label('after')}
      {view === 'slider' && <Divider percent={percent} onMove={setPercent} />}
    </Frame>
  );
}

/** Only its grip, low on the picture, takes the pointer: the face stays visible, and pages scroll by touch. */
function Divider({ percent, onMove }: { percent: number; onMove(percent: number): void }) {
  const drag = ({ currentTarget, clientX, pointerId }: PointerEvent<HTMLElement>): void => {
    const frame = currentTarget.closest('.frame')?.getBoundingClientRect();
    if (!frame || !currentTarget.hasPointerCapture(pointerId)) return;
    const part = (clientX - frame.left) / frame.width;
    onMove(Math.round(100 * Math.min(1, Math.max(0, part))));
  };
  return (
    <>
      <input
        className="divider-input"
        type="range"
        dir="ltr"
        min={0}
        max={100}
        value={percent}
        aria-label={t.result.divider}
        aria-valuetext={t.result.dividerValue(percent)}
        onChange={({ target }) => onMove(target.valueAsNumber)}
      />
      <span className="divider-line" style={{ left: `${percent}%` }} aria-hidden="true">
        <span
          className="divider-grip"
          onPointerDown={({ currentTarget, pointerId }) => currentTarget.setPointerCapture(pointerId)}
          onPointerMove={drag}
        >
          <Icon name="compare" />
        </span>
      </span>
    </>
  );
}
