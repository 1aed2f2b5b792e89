import { useState } from 'react';
import { captionOf, previewOf, type Slot } from '../draft/slot.ts';
import { viewUrl } from '../gateway/own-pictures.ts';
import { t } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';
import { useDebounced } from '../ui/use-debounced.ts';

const typingMs = 400;

/** The picture of a slot, or why it cannot be shown. */
export function SlotPreview({ slot, label }: { slot: Slot; label: string }) {
  const [broken, setBroken] = useState('');
  const wanted = previewOf(slot) ?? '';
  // Loads a link only after typing has paused.
  const url = useDebounced(wanted, slot.kind === 'link' ? typingMs : 0);
  const caption = captionOf(slot);
  if (slot.kind === 'link' && (!URL.canParse(url) || broken === url)) {
    return (
      <p className="tile-message">
        <Icon name="missing" />
        {URL.canParse(url) ? t.slot.noPreview : t.slot.linkScheme}
      </p>
    );
  }
  return (
    <>
      <img
        className="tile-picture"
        src={url === '' ? undefined : viewUrl(url)}
        data-broken={broken === url || undefined}
        alt={caption ? `${label}: ${caption}` : label}
        onError={() => setBroken(url)}
      />
      {slot.kind === 'uploading' ? (
        <span className="tile-caption">
          <span className="upload-track" aria-hidden="true">
            <span style={{ transform: `scaleX(${slot.percent / 100})` }} />
          </span>
          <span
            role="progressbar"
            aria-label={label}
            aria-valuenow={slot.percent}
            aria-valuemin={0}
            aria-valuemax={100}
          >
            {t.slot.uploading(slot.percent)}
          </span>
        </span>
      ) : (
        caption && <span className="tile-caption">{caption}</span>
      )}
    </>
  );
}
