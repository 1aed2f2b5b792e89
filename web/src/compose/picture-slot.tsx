import { useReactiveVar } from '@apollo/client/react';
import { slots } from '../draft/draft.ts';
import { type SlotName, urlOf } from '../draft/slot.ts';
import { replaceSlot, uploadInto } from '../draft/uploads.ts';
import { t } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';
import { LinkField } from './link-field.tsx';
import { type Sample, SampleChoice } from './sample-choice.tsx';
import { SlotTile } from './slot-tile.tsx';
import { useProblem } from './use-problem.ts';

interface PictureSlotProps {
  name: SlotName;
  /** Undefined until they are known; room is kept for them. */
  samples: readonly Sample[] | undefined;
  takesFiles: boolean;
}

/** Input for one of the pictures: a file, a sample or a link. */
export function PictureSlot({ name, samples, takesFiles }: PictureSlotProps) {
  const slot = useReactiveVar(slots)[name];
  const problem = useProblem(name);
  const { label, hint } = t.slots[name];
  const putLink = (url: string): void =>
    replaceSlot(name, url.trim() === '' ? { kind: 'empty' } : { kind: 'link', url });
  const describedBy = problem ? `${name}-hint ${name}-problem` : `${name}-hint`;
  return (
    <section
      className="slot"
      data-slot={name}
      data-bad={problem !== undefined || undefined}
      aria-labelledby={`${name}-label`}
    >
      <div className="slot-head">
        <h3 id={`${name}-label`}>{label}</h3>
        <p id={`${name}-hint`}>
          {name === 'targetImage' && <Icon name="up" />}
          {hint}
        </p>
      </div>
      <SlotTile
        {...{ name, label, slot, takesFiles, describedBy }}
        onFile={(file) => void uploadInto(name, file)}
        onLink={putLink}
        onClear={() => replaceSlot(name, { kind: 'empty' })}
      />
      <SampleChoice
        name={name}
        samples={samples}
        chosen={urlOf(slot)}
        onPick={({ url, title }) => replaceSlot(name, { kind: 'sample', url, title })}
      />
      <LinkField
        {...{ label, describedBy }}
        isBad={problem !== undefined}
        url={slot.kind === 'link' ? slot.url : ''}
        onLink={putLink}
      />
      {problem && (
        <p className="problem" id={`${name}-problem`} role="alert">
          <Icon name="info" />
          {problem}
        </p>
      )}
    </section>
  );
}
