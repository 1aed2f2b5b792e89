import { useQuery } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { SamplesDocument } from '../generated/graphql.ts';
import { useGatewayStatus } from '../status/use-gateway-status.ts';
import { announce } from '../ui/announcer.tsx';
import { scrollTowards } from '../ui/scroll-towards.ts';
import { ComposeBar } from './compose-bar.tsx';
import { ComposeNotices } from './compose-notices.tsx';
import { ConsentDialog } from './consent-dialog.tsx';
import { PictureSlot } from './picture-slot.tsx';
import { type SlotName, slotNames, slotWords, urlOf } from './slot.ts';
import { consentStatement, useConsent } from './use-consent.ts';
import { useNoStrayDrops } from './use-drop.ts';
import { usePastedPicture } from './use-pasted-picture.ts';
import { useRequestSwap } from './use-request-swap.ts';
import { useSlots } from './use-slots.ts';

/** Form for a new swap of three pictures. The choices stay after submitting, for variations. */
export function ComposePanel() {
  const { slots, put, upload } = useSlots();
  const [watermark, setWatermark] = useState(true);
  const [missing, setMissing] = useState<SlotName>();
  const [isAsking, setAsking] = useState(false);
  const consent = useConsent();
  const { isSending, requestError, clearError, send } = useRequestSwap();
  const status = useGatewayStatus();
  const samples = useQuery(SamplesDocument, { fetchPolicy: 'cache-only' }).data?.samples ?? [];
  const takesFiles = status === undefined || (status.uploadsAccepted && status.picturesReachable);
  usePastedPicture(slots, (name, file) => takesFiles && upload(name, file));
  useNoStrayDrops();

  const [initImage, targetImage, referenceImage] = slotNames.map((name) => urlOf(slots[name]));
  const request = async (): Promise<void> => {
    if (!initImage || !targetImage || !referenceImage) return;
    const swap = await send({
      initImage,
      targetImage,
      referenceImage,
      watermark,
      consent: true,
      consentStatement,
    });
    if (!swap) return;
    announce('Swap requested.');
    scrollTowards('swaps-title');
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const first = slotNames.find((name) => urlOf(slots[name]) === undefined);
    setMissing(first);
    if (first) document.querySelector<HTMLElement>(`[data-slot=${first}] input`)?.focus();
    else if (consent.isGiven) void request();
    else setAsking(true);
  };
  const problemOf = (name: SlotName): string | undefined => {
    if (missing === name)
      return slots[name].kind === 'uploading' ? 'Still uploading.' : slotWords[name].missing;
    return requestError?.fields.find(({ path }) => path === `input.${name}`)?.message;
  };

  return (
    <form className="compose" aria-labelledby="compose-title" noValidate onSubmit={submit}>
      <h2 id="compose-title" className="visually-hidden">
        New swap
      </h2>
      <ComposeNotices status={status} />
      <div className="slots">
        {slotNames.map((name) => (
          <PictureSlot
            key={name}
            name={name}
            slot={slots[name]}
            samples={name === 'initImage' ? samples : samples.filter(({ faces }) => faces === 1)}
            takesFiles={takesFiles}
            problem={problemOf(name)}
            onPut={(slot) => {
              put(name, slot);
              setMissing(undefined);
              clearError();
            }}
            onFile={(file) => {
              upload(name, file);
              setMissing(undefined);
            }}
          >
            {name === 'referenceImage' && (
              <button
                type="button"
                className="text-button"
                disabled={!initImage}
                onClick={() => put('referenceImage', slots.initImage)}
              >
                Same as picture
              </button>
            )}
          </PictureSlot>
        ))}
      </div>
      <ComposeBar
        {...{ watermark, isSending, requestError }}
        upstream={status?.upstream}
        onWatermark={setWatermark}
      />
      <ConsentDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onAccept={() => {
          consent.give();
          setAsking(false);
          void request();
        }}
      />
    </form>
  );
}
