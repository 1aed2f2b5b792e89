import { useReactiveVar } from '@apollo/client/react';
import { lazy, Suspense, useState } from 'react';
import { slots } from '../draft/draft.ts';
import { captionOf, previewOf, sourceOf } from '../draft/slot.ts';
import { replaceSlot } from '../draft/uploads.ts';
import { thumbnailUrl } from '../gateway/own-pictures.ts';
import { t } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';
import { Thumb } from '../ui/thumb.tsx';
import { PictureSlot } from './picture-slot.tsx';
import type { Sample } from './sample-choice.tsx';
import { useProblem } from './use-problem.ts';

/** Loaded with the first upload: no sample needs it. */
const CropDialog = lazy(() => import('./crop-dialog.tsx'));

interface WhichFaceProps {
  samples: readonly Sample[] | undefined;
  takesFiles: boolean;
}

/** Whose face is replaced: that of the picture itself, unless another picture says so. One row until it is changed. */
export function WhichFace({ samples, takesFiles }: WhichFaceProps) {
  const current = useReactiveVar(slots);
  const problem = useProblem('referenceImage');
  const [wantsOpen, setOpen] = useState(false);
  const [isCropping, setCropping] = useState(false);
  const isOpen = wantsOpen || problem !== undefined;
  const isSame = current.referenceImage.kind === 'same';
  const picture = current.initImage;
  const canCrop = takesFiles && picture.kind === 'uploaded';
  const thumbnail = previewOf(sourceOf(current, 'referenceImage'));
  return (
    <div className="which" data-open={isOpen || undefined}>
      <div className="which-row">
        <span className="which-face">
          {thumbnail && URL.canParse(thumbnail) && <Thumb src={thumbnailUrl(thumbnail)} />}
        </span>
        <span className="which-words">
          <strong>{t.slots.referenceImage.label}</strong>
          <span>{captionOf(current.referenceImage) || t.which.other}</span>
        </span>
        {canCrop && (
          <button type="button" className="button button-small" onClick={() => setCropping(true)}>
            <Icon name="crop" />
            {t.which.crop}
          </button>
        )}
        {!isSame && isOpen && (
          <button
            type="button"
            className="button button-small"
            onClick={() => replaceSlot('referenceImage', { kind: 'same' })}
          >
            {t.which.useSame}
          </button>
        )}
        <button
          type="button"
          className="button button-small"
          aria-expanded={isOpen}
          aria-controls="which-slot"
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? t.which.done : t.which.other}
        </button>
      </div>
      <div id="which-slot" hidden={!isOpen}>
        {isOpen && <PictureSlot name="referenceImage" samples={samples} takesFiles={takesFiles} />}
      </div>
      {picture.kind === 'uploaded' && (
        <Suspense>
          <CropDialog isOpen={isCropping} picture={picture} onClose={() => setCropping(false)} />
        </Suspense>
      )}
    </div>
  );
}
