import { viewUrl } from '../gateway/own-pictures.ts';
import type { SamplesQuery } from '../generated/graphql.ts';

export type Sample = SamplesQuery['samples'][number];

interface SampleStripProps {
  label: string;
  samples: readonly Sample[];
  chosen: string | undefined;
  onPick(sample: Sample): void;
}

/** Sample pictures, one click each. */
export function SampleStrip({ label, samples, chosen, onPick }: SampleStripProps) {
  if (samples.length === 0) return null;
  return (
    <ul className="samples" aria-label={`Samples for ${label}`}>
      {samples.map((sample) => (
        <li key={sample.url}>
          <button
            type="button"
            className="sample"
            title={sample.title}
            aria-label={sample.title}
            aria-pressed={sample.url === chosen}
            onClick={() => onPick(sample)}
          >
            <img src={viewUrl(sample.url)} alt="" loading="lazy" decoding="async" />
          </button>
        </li>
      ))}
    </ul>
  );
}
