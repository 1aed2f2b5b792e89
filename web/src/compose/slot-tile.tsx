import type { Slot, SlotName } from '../draft/slot.ts';
import { captionOf } from '../draft/slot.ts';
import { t } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';
import { FaceChoice } from './face-choice.tsx';
import { SlotPreview } from './slot-preview.tsx';
import { useDrop } from './use-drop.ts';

interface SlotTileProps {
  name: SlotName;
  label: string;
  describedBy: string;
  slot: Slot;
  takesFiles: boolean;
  onFile(file: File): void;
  onLink(url: string): void;
  onClear(): void;
}

/** Phones offer their camera for any kind of picture, but not for a list of formats. */
const isTouch = matchMedia('(pointer: coarse)').matches;
const formats = 'image/png,image/jpeg,image/webp,image/heic,image/heif,image/avif,.heic,.heif';
const accepted = isTouch ? 'image/*' : formats;

/** The tile on which a picture is dropped, chosen and shown. */
export function SlotTile(props: SlotTileProps) {
  const { name, label, describedBy, slot, takesFiles, onFile, onLink, onClear } = props;
  const { isOver, handlers } = useDrop((file) => takesFiles && onFile(file), onLink);
  const isEmpty = slot.kind === 'empty' || slot.kind === 'rejected';
  const invitation = isTouch ? t.slot.invitationTouch : t.slot.invitation;
  return (
    <div className="tile" data-over={isOver || undefined} data-empty={isEmpty || undefined} {...handlers}>
      {isEmpty ? (
        <span className="tile-invitation" aria-hidden="true">
          <Icon name={takesFiles ? 'picture' : 'link'} />
          <span>{takesFiles ? invitation : t.slot.invitationLink}</span>
        </span>
      ) : (
        <SlotPreview key={slot.kind === 'link' ? 'link' : captionOf(slot)} slot={slot} label={label} />
      )}
      {takesFiles && (
        <input
          type="file"
          className="tile-input"
          accept={accepted}
          aria-label={isEmpty ? t.slot.chooseFile(label) : t.slot.chooseAnother(label)}
          aria-describedby={describedBy}
          onChange={({ target }) => {
            const [file] = target.files ?? [];
            // Choosing the same file again must fire `change`.
            target.value = '';
            if (file) onFile(file);
          }}
        />
      )}
      {name === 'initImage' && slot.kind === 'sample' && <FaceChoice picture={slot.url} />}
      {!isEmpty && (
        <button
          type="button"
          className="tile-clear"
          aria-label={slot.kind === 'uploading' ? t.slot.abort(label) : t.slot.remove(label)}
          onClick={onClear}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
