import { Icon } from '../ui/icon.tsx';
import { captionOf, type Slot } from './slot.ts';
import { SlotPreview } from './slot-preview.tsx';
import { useDrop } from './use-drop.ts';

interface SlotTileProps {
  label: string;
  describedBy: string;
  slot: Slot;
  takesFiles: boolean;
  onFile(file: File): void;
  onLink(url: string): void;
  onClear(): void;
}

/** The tile on which a picture is dropped, chosen and shown. */
export function SlotTile({ label, describedBy, slot, takesFiles, onFile, onLink, onClear }: SlotTileProps) {
  const { isOver, handlers } = useDrop((file) => takesFiles && onFile(file), onLink);
  const isEmpty = slot.kind === 'empty' || slot.kind === 'rejected';
  return (
    <div className="tile" data-over={isOver || undefined} data-empty={isEmpty || undefined} {...handlers}>
      {isEmpty ? (
        <span className="tile-invitation" aria-hidden="true">
          <Icon name={takesFiles ? 'picture' : 'link'} />
          <span>{takesFiles ? 'Drop, paste or choose' : 'Paste a link below'}</span>
        </span>
      ) : (
        <SlotPreview key={slot.kind === 'link' ? 'link' : captionOf(slot)} slot={slot} label={label} />
      )}
      {takesFiles && (
        <input
          type="file"
          className="tile-input"
          accept="image/png,image/jpeg,image/webp,image/heic,image/heif,image/avif,.heic,.heif"
          aria-label={isEmpty ? `${label}: choose a file` : `${label}: choose another file`}
          aria-describedby={describedBy}
          onChange={({ target }) => {
            const [file] = target.files ?? [];
            // Choosing the same file again must fire `change`.
            target.value = '';
            if (file) onFile(file);
          }}
        />
      )}
      {!isEmpty && (
        <button type="button" className="tile-clear" aria-label={`${label}: remove`} onClick={onClear}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
