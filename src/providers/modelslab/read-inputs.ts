import { failure } from '../../swap/failures.js';
import type { SwapLog } from '../../swap/ports.js';
import type { ResultOutcome, ResultReader } from '../../swap/result-reader.js';
import type { PreparedSubmission, SubmittedPictures } from '../../swap/submitted-pictures.js';

/** How pictures get to ModelsLab. */
export interface PictureTransport {
  /** Whether ModelsLab cannot fetch one of these, so that a submission carries all of them as data. */
  needsData(urls: readonly string[]): boolean;
  /** Whether the gateway stores this picture itself, so that a failed read may only be temporary. */
  isOwn(url: string): boolean;
  read: ResultReader;
}

const retryAfterMs = 1000;

/**
 * Reads the pictures of a submission if ModelsLab cannot fetch them; otherwise resolves at once. Equal URLs are read once.
 *
 * @param inputs URLs by the name of their input field
 * @param signal aborting makes the outcome `unavailable`
 */
export async function readInputs(
  inputs: Readonly<Record<string, string>>,
  { needsData, isOwn, read }: PictureTransport,
  log: SwapLog,
  signal: AbortSignal,
  swapId?: string,
): Promise<PreparedSubmission> {
  const urls = [...new Set(Object.values(inputs))];
  if (!needsData(urls)) return { kind: 'ready', pictures: undefined };
  const held = new AbortController();
  const reading = AbortSignal.any([signal, held.signal]);
  const outcomes = await Promise.all(urls.map((url) => read(url, reading)));
  const pictures = new Map<string, Buffer>();
  for (const [index, url] of urls.entries()) {
    const outcome = outcomes[index];
    if (outcome?.kind === 'picture') pictures.set(url, outcome.bytes);
  }
  const release = (): void => {
    pictures.clear();
    held.abort();
  };
  if (pictures.size === urls.length && !signal.aborted)
    return { kind: 'ready', pictures: submittedPictures(pictures, release) };
  release();
  if (signal.aborted) return { kind: 'unavailable', retryAfterMs };
  const isTemporary = (url: string, outcome: ResultOutcome | undefined): boolean =>
    outcome?.kind === 'busy' || (outcome?.kind === 'failed' && isOwn(url));
  const lasting = Object.entries(inputs).find(([, url]) => {
    const outcome = outcomes[urls.indexOf(url)];
    return outcome?.kind !== 'picture' && !isTemporary(url, outcome);
  });
  const reasons = outcomes.map((outcome) => (outcome.kind === 'picture' ? 'ok' : outcome.reason));
  log.warn(
    { swap: swapId, reasons, isLasting: lasting !== undefined },
    'failed to read the pictures of a swap',
  );
  return lasting
    ? { kind: 'failed', error: unreadable(lasting[0], outcomes[urls.indexOf(lasting[1])]) }
    : { kind: 'unavailable', retryAfterMs };
}

function submittedPictures(pictures: ReadonlyMap<string, Buffer>, release: () => void): SubmittedPictures {
  return {
    get(url) {
      const bytes = pictures.get(url);
      if (!bytes) throw new Error('the pictures were released');
      return bytes;
    },
    release,
  };
}

function unreadable(field: string, outcome: ResultOutcome | undefined) {
  const reason = outcome && 'reason' in outcome ? outcome.reason : '';
  const problems: Record<string, string> = {
    'too large': 'is too large',
    'not a picture': 'is not a picture',
    'no longer stored': 'is no longer stored',
    timeout: 'did not arrive in time',
  };
  const problem = problems[reason] ?? 'could not be read';
  return failure(
    'IMAGE_UNREADABLE',
    `${field} ${problem} when it was this swap's turn. Nothing was submitted, so nothing was charged.`,
  );
}
