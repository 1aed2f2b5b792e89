import { useState } from 'react';
import { Icon } from '../ui/icon.tsx';

interface BeforeAfterProps {
  before: string;
  after: string;
}

/** Two pictures on top of each other, with a divider to move by pointer or keyboard. */
export function BeforeAfter({ before, after }: BeforeAfterProps) {
  const [percent, setPercent] = useState(50);
  const [isGone, setGone] = useState(false);
  if (isGone)
    return <p className="media media-gone">The result is no longer available, or does not load here.</p>;
  return (
    <div className="media compare">
      <img className="media-picture" src={before} alt="Before the swap" loading="lazy" />
      <img
        className="media-picture"
        src={after}
        alt="After the swap"
        loading="lazy"
        style={{ clipPath: `inset(0 0 0 ${percent}%)` }}
        onError={() => setGone(true)}
      />
      <span className="compare-label" data-shown={percent > 12 || undefined} aria-hidden="true">
        Before
      </span>
      <span className="compare-label compare-after" data-shown={percent < 88 || undefined} aria-hidden="true">
        After
      </span>
      <input
        type="range"
        min={0}
        max={100}
        value={percent}
        aria-label="Divider between before and after"
        aria-valuetext={`${percent} % before, ${100 - percent} % after`}
        onChange={({ target }) => setPercent(target.valueAsNumber)}
      />
      <span className="compare-line" style={{ left: `${percent}%` }} aria-hidden="true">
        <span className="compare-grip">
          <Icon name="compare" />
        </span>
      </span>
    </div>
  );
}
