import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { consentStatement, useConsent } from '../compose/use-consent.ts';
import { announceNewSwap } from '../gateway/connection.ts';
import { readRequestError } from '../gateway/request-error.ts';
import { CancelSwapDocument, RequestSwapDocument, type SwapCardFragment } from '../generated/graphql.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Icon } from '../ui/icon.tsx';
import { DownloadButton } from './download-button.tsx';
import { swapAsGraphql } from './swap-graphql.ts';

/** The actions available for a swap, depending on its state. */
export function SwapActions({ swap }: { swap: SwapCardFragment }) {
  const [problem, setProblem] = useState('');
  const { isGiven } = useConsent();
  const { id, status, output, error, initImage, targetImage, referenceImage, watermark } = swap;
  const onError = (cause: unknown): void => setProblem(readRequestError(cause).message);
  const [cancel, canceling] = useMutation(CancelSwapDocument, { variables: { id }, onError });
  const [requestAgain, requesting] = useMutation(RequestSwapDocument, {
    variables: {
      input: {
        initImage,
        targetImage,
        referenceImage,
        watermark,
        ...(isGiven && { consent: true, consentStatement }),
      },
    },
    onCompleted: announceNewSwap,
    onError,
  });
  const [result] = output;
  return (
    <div className="actions">
      {status === 'QUEUED' && (
        <button type="button" className="button" disabled={canceling.loading} onClick={() => void cancel()}>
          Cancel
        </button>
      )}
      {error?.retryable && (
        <button
          type="button"
          className="button"
          disabled={requesting.loading}
          onClick={() => void requestAgain()}
        >
          <Icon name="retry" />
          Try again
        </button>
      )}
      <CopyButton label="Copy GraphQL" icon="code" text={() => swapAsGraphql(swap)} />
      {result && (
        <>
          <CopyButton label="Copy link" icon="link" text={() => result} />
          <DownloadButton id={id} result={result} />
        </>
      )}
      {problem && (
        <p className="slot-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
