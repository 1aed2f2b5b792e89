import type { SlotName } from '../draft/slot.ts';
import { thumbnailUrl } from '../gateway/own-pictures.ts';
import type { SamplesQuery } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';

export type Sample = SamplesQuery['samples'][number];

interface SampleChoiceProps {
  name: SlotName;
  samples: readonly Sample[] | undefined;
  chosen: string | undefined;
  onPick(sample: Sample): void;
}

/** Sample pictures, one click each: a radio group, so one tab stop with arrow keys. */
export function SampleChoice({ name, samples, chosen, onPick }: SampleChoiceProps) {
  if (samples?.length === 0) return null;
  return (
    <div className="samples" role="radiogroup" aria-label={t.slot.samples(t.slots[name].label)}>
      {samples?.map((sample) => (
        <label key={sample.url} className="sample" title={sample.title}>
          <input
            type="radio"
            name={`sample-${name}`}
            aria-label={sample.title}
            checked={sample.url === chosen}
            onChange={() => onPick(sample)}
          />
          <img src={thumbnailUrl(sample.url)} alt="" width="96" height="96" decoding="async" />
        </label>
      ))}
    </div>
  );
}
