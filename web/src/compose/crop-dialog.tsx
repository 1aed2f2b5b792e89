import { useState } from 'react';
import type { Slot } from '../draft/slot.ts';
import { uploadInto } from '../draft/uploads.ts';
import { viewUrl } from '../gateway/own-pictures.ts';
import { t } from '../messages/messages.ts';
import { Dialog } from '../ui/dialog.tsx';
import { CropFrame } from './crop-frame.tsx';
import { type Crop, cropPicture } from './crop-picture.ts';

interface CropDialogProps {
  isOpen: boolean;
  picture: Extract<Slot, { kind: 'uploaded' }>;
  onClose(): void;
}

const firstCrop: Crop = { x: 0.5, y: 0.35, size: 0.4 };

/** Cuts the face to replace out of an uploaded picture, and uploads it as the picture of that face. */
export default function CropDialog({ isOpen, picture, onClose }: CropDialogProps) {
  const [crop, setCrop] = useState(firstCrop);
  const [hasFailed, setFailed] = useState(false);
  const use = async (): Promise<void> => {
    try {
      const file = await cropPicture(viewUrl(picture.preview), crop);
      void uploadInto('referenceImage', file, picture.people);
      onClose();
    } catch {
      setFailed(true);
    }
  };
  return (
    <Dialog isOpen={isOpen} title={t.crop.title} onClose={onClose}>
      <p className="dialog-note">{t.crop.hint}</p>
      <CropFrame preview={viewUrl(picture.preview)} crop={crop} onCrop={setCrop} />
      <label className="crop-size">
        {t.crop.size}
        <input
          type="range"
          min={0.1}
          max={1}
          step={0.02}
          value={crop.size}
          onChange={({ target }) => setCrop({ ...crop, size: target.valueAsNumber })}
        />
      </label>
      {hasFailed && (
        <p className="problem" role="alert">
          {t.crop.failed}
        </p>
      )}
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onClose}>
          {t.crop.cancel}
        </button>
        <button type="button" className="button button-main" onClick={() => void use()}>
          {t.crop.use}
        </button>
      </div>
    </Dialog>
  );
}
