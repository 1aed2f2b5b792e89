import { useReactiveVar } from '@apollo/client/react';
import { type RefObject, useEffect, useState } from 'react';
import { t } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { compareView, views } from './view.ts';

interface ViewBarProps {
  stage: RefObject<HTMLElement | null>;
  zoom: number;
  onZoom(zoom: number): void;
  onHold(isHeld: boolean): void;
}

const maxZoom = 4;

/** How to look at a result: before and after, zoom, full screen. */
export function ViewBar({ stage, zoom, onZoom, onHold }: ViewBarProps) {
  const view = useReactiveVar(compareView);
  const isFull = useFullScreen();
  const options = views.map((value) => ({ value, label: t.result.views[value] }));
  const toggleFull = (): void => {
    if (isFull) void document.exitFullscreen();
    else void stage.current?.requestFullscreen();
  };
  return (
    <div className="view-bar">
      <Segmented label={t.result.view} options={options} value={view} onChange={compareView} />
      <HoldButton onHold={onHold} />
      <span className="view-tools">
        <IconButton
          icon="minus"
          label={t.result.zoomOut}
          aria-disabled={zoom <= 1}
          onClick={() => onZoom(Math.max(1, zoom / 1.5))}
        />
        <IconButton
          icon="plus"
          label={t.result.zoomIn}
          aria-disabled={zoom >= maxZoom}
          onClick={() => onZoom(Math.min(maxZoom, zoom * 1.5))}
        />
        {document.fullscreenEnabled && (
          <IconButton
            icon="expand"
            label={isFull ? t.result.exitFullScreen : t.result.fullScreen}
            aria-pressed={isFull}
            onClick={toggleFull}
          />
        )}
      </span>
    </div>
  );
}

/** Shows the picture before the swap for as long as it is held, by pointer or by key. */
function HoldButton({ onHold }: { onHold(isHeld: boolean): void }) {
  const release = () => onHold(false);
  return (
    <button
      type="button"
      className="button hold"
      onPointerDown={() => onHold(true)}
      onPointerUp={release}
      onPointerLeave={release}
      onPointerCancel={release}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={({ key }) => (key === ' ' || key === 'Enter') && onHold(true)}
      onKeyUp={release}
      onBlur={release}
    >
      <Icon name="eye" />
      {t.result.hold}
    </button>
  );
}

function useFullScreen(): boolean {
  const [isFull, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const update = (): void => setFull(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', update);
    return () => document.removeEventListener('fullscreenchange', update);
  }, []);
  return isFull;
}
