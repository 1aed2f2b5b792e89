import type { AcceptedSubmission, PictureReport } from '../../sandbox/sandbox-jobs.ts';
import { type FinalSwap, swapIdOf } from './final-swap.ts';
import { samePictures } from './same-pictures.ts';
import { isAgeUnknown, readableAt, type TimeTroubles } from './time-troubles.ts';

/** The same input requested again, after the first request's swap failed and its picture was kept. */
export interface Repeat {
  original: string;
  /** The second request's swap; null if it got no response. */
  answer: FinalSwap | null;
}

export interface PaidEvidence {
  swaps: ReadonlyMap<string, FinalSwap | null>;
  submissions: readonly AcceptedSubmission[];
  repeats: readonly Repeat[];
  /** Epoch milliseconds of gateway processes' kills. */
  deaths: readonly number[];
  /** How long a gateway may have held a response that it could not store yet, milliseconds. */
  unstoredMs: number;
  timeTroubles: TimeTroubles;
}

/** Overlap of a failure and a response: the response is read after the failure was decided. */
const crossingMs = 2_000;
/** A killed process's connection may look open for a moment. */
const unnoticedMs = 200;

/**
 * Breaches of "no paid picture was discarded". If the sandbox reported a picture before the swap finished, the swap
 * must have SUCCEEDED with it; if later, it must be the late result, and a repeated request must get it without a
 * second payment. A picture whose id the gateway knows must be polled after the failure, too. The only excuse is a
 * response to a process that was killed before it could have stored it, if no other report followed.
 */
export function discardedPictures(evidence: PaidEvidence): string[] {
  const { swaps, submissions, repeats } = evidence;
  return [
    ...submissions.flatMap((row) => {
      const swap = swaps.get(swapIdOf(row.webhook));
      return swap && row.outcome === 'success' ? breachesOf(swap, row, evidence) : [];
    }),
    ...[...swaps.values()]
      .filter((swap) => swap?.lateResult && !repeats.some(({ original }) => original === swap.id))
      .map((swap) => `${swap?.id} has a late result, but its request was not repeated`),
    ...repeats.flatMap((repeat) => breachesOfRepeat(repeat, evidence)),
  ];
}

function breachesOf(swap: FinalSwap, row: AcceptedSubmission, evidence: PaidEvidence): string[] {
  const { id, status, output, error, completedAt, lateResult } = swap;
  if (status === 'SUCCEEDED' && samePictures(output, row.output)) return [];
  const certain = row.reports.filter(
    (report) => provesPicture(report, swap, row) && !isExcused(report, evidence),
  );
  const first = certain[0];
  if (first === undefined)
    return isForgotten(swap, row, evidence)
      ? [`${id} is ${status}, and its picture was not polled after that`]
      : [];
  const end = [status, error?.code].filter(Boolean).join(' ');
  const endedAt = completedAt === null ? Number.POSITIVE_INFINITY : Date.parse(completedAt);
  const leadMs = endedAt - first.at;
  if (leadMs > (first.by === 'webhook' ? 0 : crossingMs))
    return [
      `${id} is ${end}, though its picture was reported by ${first.by} ${leadMs} ms before it finished`,
    ];
  if (lateResult && samePictures(lateResult.output, row.output)) return [];
  const kept = lateResult ? `has another late result` : 'has no late result';
  return [`${id} is ${end} and ${kept}, though its picture was reported by ${first.by}`];
}

/** Its id is known, but it was not polled since the swap failed. */
function isForgotten(
  { status, modelsLabId, completedAt, lateResult }: FinalSwap,
  row: AcceptedSubmission,
  { timeTroubles, deaths }: PaidEvidence,
): boolean {
  if (status !== 'FAILED' || modelsLabId === null || lateResult !== null || row.isMoved) return false;
  // The polling schedule is stored, in wall-clock times.
  if (isAgeUnknown(row.acceptedAt, timeTroubles, deaths)) return false;
  return row.lastFetchAt === null || row.lastFetchAt < Date.parse(completedAt ?? '');
}

/**
 * Without its own id the gateway may poll the id that a webhook gave together with another `track_id`. The response may
 * be another client's picture, unless it has the swap's `track_id`.
 */
function provesPicture({ by }: PictureReport, { modelsLabId }: FinalSwap, row: AcceptedSubmission): boolean {
  return by !== 'fetch' || modelsLabId !== null || row.webhooksMisnamed === 0;
}

/** A webhook that got a 2xx is durable; other responses may be lost with the process that received them. */
function isExcused({ by, at }: PictureReport, { deaths, unstoredMs, timeTroubles }: PaidEvidence): boolean {
  const storedAt = readableAt(at, timeTroubles.stops) + unstoredMs;
  return by !== 'webhook' && deaths.some((death) => death >= at - unnoticedMs && death <= storedAt);
}

function breachesOfRepeat({ original, answer }: Repeat, { swaps, submissions }: PaidEvidence): string[] {
  const kept = swaps.get(original)?.lateResult?.output ?? [];
  if (answer === null) return [`the repetition of ${original} got no response`];
  const paid = submissions.filter(({ webhook }) => swapIdOf(webhook) === answer.id).length;
  return [
    ...(paid > 0 ? [`the repetition of ${original} was paid again, as ${answer.id}`] : []),
    ...(answer.recoveredFrom === original
      ? []
      : [`the repetition of ${original} recovered from ${answer.recoveredFrom}`]),
    ...(answer.status === 'SUCCEEDED' && samePictures(answer.output, kept)
      ? []
      : [`the repetition of ${original} is ${answer.status}, without the picture that was kept`]),
  ];
}
