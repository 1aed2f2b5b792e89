import type { CSSProperties, ReactNode } from 'react';
import { t } from '../messages/messages.ts';

interface FrameProps {
  /** Width divided by height. */
  ratio: number;
  zoom?: number;
  className?: string;
  children: ReactNode;
}

/** The largest box with a picture's proportions that fits into the stage; zoomed in, it is larger and scrolls. */
export function Frame({ ratio, zoom = 1, className = '', children }: FrameProps) {
  const scrolls = zoom > 1 && { tabIndex: 0, role: 'region', 'aria-label': t.result.zoomed };
  return (
    <div className="frame-box" data-arrows={zoom > 1 || undefined} {...scrolls}>
      <div className={`frame ${className}`} style={{ '--ratio': ratio, '--zoom': zoom } as CSSProperties}>
        {children}
      </div>
    </div>
  );
}

/** The proportions of a loaded picture. */
export function ratioOf({ naturalWidth, naturalHeight }: HTMLImageElement): number {
  return naturalWidth && naturalHeight ? naturalWidth / naturalHeight : 3 / 2;
}
