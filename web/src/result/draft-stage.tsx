import { useQuery, useReactiveVar } from '@apollo/client/react';
import { slots } from '../draft/draft.ts';
import { previewOf, sourceOf } from '../draft/slot.ts';
import { SamplesDocument } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { Empty } from '../ui/empty.tsx';
import { Scene } from './scene.tsx';

/** What the swap being composed will be made of. */
export function DraftStage() {
  const current = useReactiveVar(slots);
  const picture = previewOf(current.initImage);
  const face = previewOf(current.targetImage);
  const areSamplesKnown = useQuery(SamplesDocument, { fetchPolicy: 'cache-only' }).data !== undefined;
  // Samples are about to be chosen.
  if (!areSamplesKnown && current.initImage.kind === 'empty') return <div className="stage" />;
  const isShown = picture !== undefined && URL.canParse(picture);
  if (!isShown) {
    return (
      <div className="stage stage-empty">
        <Empty>
          <p>{t.result.draftEmpty}</p>
        </Empty>
      </div>
    );
  }
  return (
    <Scene picture={picture} face={face} reference={previewOf(sourceOf(current, 'referenceImage'))}>
      <p>{face ? t.result.draft : t.result.draftEmpty}</p>
    </Scene>
  );
}
