import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { t } from '../messages/messages.ts';
import { type Crop, clampCrop } from './crop-picture.ts';

interface CropFrameProps {
  preview: string;
  crop: Crop;
  onCrop(crop: Crop): void;
}

const step = 0.02;
const moves: Record<string, readonly [number, number]> = {
  ArrowLeft: [-step, 0],
  ArrowRight: [step, 0],
  ArrowUp: [0, -step],
  ArrowDown: [0, step],
};

/** A picture with a square frame, to be moved by pointer or arrow keys. */
export function CropFrame({ preview, crop, onCrop }: CropFrameProps) {
  const picture = useRef<HTMLImageElement>(null);
  const [ratio, setRatio] = useState(1);
  const { x, y, size } = clampCrop(crop, ratio);
  // The side is a fraction of the shorter side of the picture.
  const width = ratio > 1 ? size / ratio : size;
  const height = ratio > 1 ? size : size * ratio;
  const drag = ({ buttons, clientX, clientY }: PointerEvent): void => {
    const box = picture.current?.getBoundingClientRect();
    if (!box || buttons === 0) return;
    const moved = { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height, size };
    onCrop(clampCrop(moved, ratio));
  };
  const move = (event: KeyboardEvent): void => {
    const [dx, dy] = moves[event.key] ?? [];
    if (dx === undefined || dy === undefined) return;
    event.preventDefault();
    onCrop(clampCrop({ x: x + dx, y: y + dy, size }, ratio));
  };
  const percent = (part: number): string => `${100 * part}%`;
  return (
    <div
      className="crop"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={drag}
    >
      <img
        ref={picture}
        src={preview}
        alt=""
        draggable={false}
        onLoad={({ currentTarget }) => setRatio(currentTarget.naturalWidth / currentTarget.naturalHeight)}
      />
      <div
        className="crop-frame"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move it
        tabIndex={0}
        aria-label={t.crop.frame}
        style={{
          left: percent(x - width / 2),
          top: percent(y - height / 2),
          width: percent(width),
          height: percent(height),
        }}
        onKeyDown={move}
      />
    </div>
  );
}
