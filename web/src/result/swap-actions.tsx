import { useApolloClient, useMutation, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { reuseSwap } from '../draft/draft.ts';
import { requestSwap } from '../draft/request-swap.ts';
import { readRequestError } from '../gateway/request-error.ts';
import { CancelSwapDocument, SamplesDocument, type SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { EraseButton } from './erase-button.tsx';
import { ResultLinks } from './result-links.tsx';
import { pathOf, select } from './selection.ts';
import { isEnded } from './swap-state.ts';

/** The actions available for a swap, depending on its state. */
export function SwapActions({ swap }: { swap: SwapCardFragment }) {
  const client = useApolloClient();
  const [problem, setProblem] = useState('');
  const samples = useQuery(SamplesDocument, { fetchPolicy: 'cache-only' }).data?.samples ?? [];
  const { id, status, error, initImage, targetImage, referenceImage, watermark } = swap;
  const [cancel, canceling] = useMutation(CancelSwapDocument, {
    variables: { id },
    onError: (cause) => setProblem(readRequestError(cause).message),
  });
  const retry = async (): Promise<void> => {
    const pictures = [[initImage], [targetImage], [referenceImage]];
    const outcome = await requestSwap(
      client,
      { initImage, targetImage, referenceImage, watermark },
      pictures,
    );
    if (!outcome) return;
    if ('swap' in outcome) select(outcome.swap.id);
    else setProblem(outcome.error.message);
  };
  const reuse = (): void => {
    reuseSwap(swap, samples);
    select(undefined);
  };
  const isWithoutResult = isEnded(status) && status !== 'SUCCEEDED';
  return (
    <div className="actions">
      {status === 'QUEUED' && (
        <button
          type="button"
          className="button"
          aria-disabled={canceling.loading}
          onClick={() => !canceling.loading && void cancel()}
        >
          {t.actions.cancel}
        </button>
      )}
      {error?.retryable && !swap.erasedAt && (
        <Action icon="retry" label={t.actions.retry} onClick={() => void retry()} />
      )}
      <ResultLinks swap={swap} />
      {isEnded(status) && !swap.erasedAt && (
        <Action
          icon="again"
          label={isWithoutResult ? t.actions.others : t.actions.useAgain}
          onClick={reuse}
        />
      )}
      <CopyButton
        label={t.actions.copyPage}
        icon="link"
        text={() => new URL(pathOf(id), location.href).href}
      />
      {!swap.erasedAt && <EraseButton id={id} />}
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function Action({ icon, label, onClick }: { icon: IconName; label: string; onClick(): void }) {
  return (
    <button type="button" className="button" onClick={onClick}>
      <Icon name={icon} />
      {label}
    </button>
  );
}
