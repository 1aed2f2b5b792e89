import { useState } from 'react';
import { viewUrl } from '../gateway/own-pictures.ts';
import { Icon } from '../ui/icon.tsx';
import { useDebounced } from '../ui/use-debounced.ts';
import { captionOf, previewOf, type Slot } from './slot.ts';

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
        {URL.canParse(url) ? 'No preview: this link does not load here.' : 'A link starts with https://'}
      </p>
    );
  }
  return (
    <>
      <img
        className="tile-picture"
        src={url === '' ? undefined : viewUrl(url)}
        alt={caption ? `${label}: ${caption}` : label}
        onError={() => setBroken(url)}
      />
      {slot.kind === 'uploading' ? (
        <span className="tile-caption" role="status">
          <span className="spinner" aria-hidden="true" /> Uploading…
        </span>
      ) : (
        caption && <span className="tile-caption">{caption}</span>
      )}
    </>
  );
}
