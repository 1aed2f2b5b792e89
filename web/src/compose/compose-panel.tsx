import { useApolloClient, useQuery, useReactiveVar } from '@apollo/client/react';
import type { FormEvent } from 'react';
import {
  draftInput,
  isChecked,
  missingSlots,
  requestError,
  slots as slotsVar,
  watermark as watermarkVar,
} from '../draft/draft.ts';
import { isSending, requestSwap } from '../draft/request-swap.ts';
import { slotNames, sourceOf, urlOf } from '../draft/slot.ts';
import { uploadInto } from '../draft/uploads.ts';
import { SamplesDocument } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { resultTab, select } from '../result/selection.ts';
import { useGatewayStatus } from '../status/use-gateway-status.ts';
import { announce } from '../ui/announcer.tsx';
import { scrollTowards } from '../ui/scroll-towards.ts';
import { ComposeBar } from './compose-bar.tsx';
import { ComposeNotices } from './compose-notices.tsx';
import { PictureSlot } from './picture-slot.tsx';
import { useNoStrayDrops } from './use-drop.ts';
import { usePastedPicture } from './use-pasted-picture.ts';
import { WhichFace } from './which-face.tsx';

/** Form for a new swap. The choices stay after submitting, for variations. */
export function ComposePanel() {
  const client = useApolloClient();
  const slots = useReactiveVar(slotsVar);
  const watermark = useReactiveVar(watermarkVar);
  const status = useGatewayStatus();
  const samples = useQuery(SamplesDocument, { fetchPolicy: 'cache-only' }).data?.samples;
  const takesFiles = status === undefined || (status.uploadsAccepted && status.picturesReachable);
  const portraits = samples?.filter(({ faces }) => faces === 1);
  usePastedPicture(slots, (name, file) => takesFiles && void uploadInto(name, file));
  useNoStrayDrops();

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isSending()) return;
    const [first] = missingSlots(slots);
    const input = draftInput(slots, watermark);
    isChecked(first !== undefined);
    if (first) document.querySelector<HTMLElement>(`[data-slot=${first}] input`)?.focus();
    if (!input) return;
    requestError(undefined);
    const outcome = await requestSwap(client, input, slotNames.map(picturedBy));
    if (!outcome) return;
    if ('error' in outcome) {
      requestError(outcome.error);
      return;
    }
    announce(t.compose.requested);
    resultTab('result');
    select(outcome.swap.id);
    scrollTowards('result');
  };
  const picturedBy = (name: (typeof slotNames)[number]): string[] => {
    const slot = sourceOf(slots, name);
    const url = urlOf(slot) ?? '';
    return slot.kind === 'uploaded' ? [url, slot.people] : [url];
  };

  return (
    <form
      className="compose"
      aria-labelledby="compose-title"
      noValidate
      onSubmit={(event) => void submit(event)}
    >
      <h2 id="compose-title" className="visually-hidden">
        {t.compose.title}
      </h2>
      <ComposeNotices status={status} />
      <PictureSlot name="initImage" {...{ samples, takesFiles }} />
      <PictureSlot name="targetImage" samples={portraits} takesFiles={takesFiles} />
      <WhichFace samples={portraits} takesFiles={takesFiles} />
      <ComposeBar upstream={status?.upstream} />
    </form>
  );
}
