import { useQuery, useReactiveVar } from '@apollo/client/react';
import { slots } from '../draft/draft.ts';
import { urlOf } from '../draft/slot.ts';
import { replaceSlot } from '../draft/uploads.ts';
import { SamplesDocument } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { FaceOutline, placeOf } from './face-outline.tsx';
import { facesOf, sampleName } from './sample-faces.ts';

/** The known faces of a sample that shows several people: a tap chooses the one to replace. */
export function FaceChoice({ picture }: { picture: string }) {
  const reference = urlOf(useReactiveVar(slots).referenceImage);
  const samples = useQuery(SamplesDocument, { fetchPolicy: 'cache-only' }).data?.samples ?? [];
  const faces = facesOf(picture).flatMap((face) => {
    const sample = samples.find(({ url }) => sampleName(url) === face.name);
    return sample ? [{ face, sample }] : [];
  });
  if (faces.length === 0) return null;
  return (
    <div className="face-choice" role="radiogroup" aria-label={t.which.tap}>
      {faces.map(({ face, sample }) => (
        <label key={face.name} className="face" style={placeOf(face)} title={sample.title}>
          <input
            type="radio"
            name="face"
            aria-label={t.which.replace(sample.title)}
            checked={reference === sample.url}
            onChange={() => replaceSlot('referenceImage', { kind: 'sample', ...sample })}
          />
          <FaceOutline
            face={{ ...face, x: 0.5, y: 0.5, radiusX: 0.5 / 1.45, radiusY: 0.5 / 1.45 }}
            isChosen={reference === sample.url}
          />
        </label>
      ))}
    </div>
  );
}
