import { type ReactNode, useState } from 'react';
import { FaceOutline } from '../compose/face-outline.tsx';
import { facesOf, sampleName } from '../compose/sample-faces.ts';
import { thumbnailUrl, viewUrl } from '../gateway/own-pictures.ts';
import { Icon } from '../ui/icon.tsx';
import { Thumb } from '../ui/thumb.tsx';
import { Frame, ratioOf } from './frame.tsx';

interface SceneProps {
  picture: string;
  face: string | undefined;
  /** A picture of the face to replace. */
  reference: string | undefined;
  isDimmed?: boolean;
  children?: ReactNode;
}

/** A swap without a result yet: the picture, the face that goes into it, and where, as far as that is known. */
export function Scene({ picture, face, reference, isDimmed, children }: SceneProps) {
  const [ratio, setRatio] = useState(3 / 2);
  const replaced = facesOf(picture).find(({ name }) => reference && name === sampleName(reference));
  return (
    <div className="stage">
      <Frame ratio={ratio} className={isDimmed ? 'scene-dimmed' : ''}>
        <img
          className="frame-picture"
          src={viewUrl(picture)}
          alt=""
          fetchPriority="high"
          onLoad={({ currentTarget }) => setRatio(ratioOf(currentTarget))}
        />
        {replaced && <FaceOutline face={replaced} isChosen />}
      </Frame>
      <div className="scene-words">
        {face && (
          <span className="scene-recipe" aria-hidden="true">
            <Thumb src={thumbnailUrl(face)} />
            <Icon name="arrow" />
            <Thumb src={thumbnailUrl(reference ?? picture)} />
          </span>
        )}
        {children}
      </div>
    </div>
  );
}
