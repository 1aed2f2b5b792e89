import type { SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { SwapActions } from './swap-actions.tsx';
import { SwapInputs } from './swap-inputs.tsx';

/** What the swap was made of, what its result says about its origin, and what can be done with it. */
export function ResultFoot({ swap }: { swap: SwapCardFragment }) {
  const provenance = swap.files[0]?.provenance;
  return (
    <footer className="result-foot">
      {!swap.erasedAt && <SwapInputs swap={swap} />}
      {provenance && (
        <p className="provenance" title={provenance.digitalSourceType ?? undefined}>
          <strong data-labeled={provenance.state === 'LABELED' || provenance.state === 'PRESERVED'}>
            {t.provenance.states[provenance.state]}
          </strong>{' '}
          <span>{provenance.disclosure}</span>
        </p>
      )}
      <SwapActions swap={swap} />
    </footer>
  );
}
