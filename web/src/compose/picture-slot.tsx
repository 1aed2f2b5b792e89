import type { ReactNode } from 'react';
import { Icon } from '../ui/icon.tsx';
import { type Sample, SampleStrip } from './sample-strip.tsx';
import { type Slot, type SlotName, slotWords, urlOf } from './slot.ts';
import { SlotTile } from './slot-tile.tsx';

interface PictureSlotProps {
  name: SlotName;
  slot: Slot;
  samples: readonly Sample[];
  takesFiles: boolean;
  problem: string | undefined;
  /** Rendered next to the label. */
  children?: ReactNode;
  onPut(slot: Slot): void;
  onFile(file: File): void;
}

/** Input for one of the three pictures: a file, a sample or a link. */
export function PictureSlot(props: PictureSlotProps) {
  const { name, slot, samples, takesFiles, children, onPut, onFile } = props;
  const { label, hint } = slotWords[name];
  const problem = slot.kind === 'rejected' ? slot.problem : props.problem;
  const putLink = (url: string): void => onPut(url.trim() === '' ? { kind: 'empty' } : { kind: 'link', url });
  const describedBy = problem ? `${name}-hint ${name}-problem` : `${name}-hint`;
  return (
    <section className="slot" data-slot={name} aria-labelledby={`${name}-label`}>
      <div className="slot-head">
        <h3 id={`${name}-label`}>{label}</h3>
        {children}
        <p id={`${name}-hint`}>{hint}</p>
      </div>
      <SlotTile
        {...{ label, slot, takesFiles, describedBy, onFile }}
        onLink={putLink}
        onClear={() => onPut({ kind: 'empty' })}
      />
      <SampleStrip
        label={label}
        samples={samples}
        chosen={urlOf(slot)}
        onPick={({ url, title }) => onPut({ kind: 'sample', url, title })}
      />
      <label className="link-field">
        <Icon name="link" />
        <input
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          maxLength={4096}
          placeholder="or paste a link"
          aria-label={`${label}: link`}
          aria-describedby={describedBy}
          aria-invalid={problem !== undefined}
          value={slot.kind === 'link' ? slot.url : ''}
          onChange={({ target }) => putLink(target.value)}
        />
      </label>
      {problem && (
        <p className="slot-problem" id={`${name}-problem`} role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
