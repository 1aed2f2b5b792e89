import type { AcceptedSubmission, PictureReport } from '../../sandbox/sandbox-jobs.ts';
import { type FinalSwap, swapIdOf } from './final-swap.ts';
import { samePictures } from './same-pictures.ts';
import { isAgeUnknown, readableAt, type TimeTroubles } from './time-troubles.ts';

/** The same input requested again, after the swap of the first request had failed and its picture was kept. */
export interface Repeat {
  original: string;
  /** What the second request led to; null if it was not answered. */
  answer: FinalSwap | null;
}

export interface PaidEvidence {
  swaps: ReadonlyMap<string, FinalSwap | null>;
  submissions: readonly AcceptedSubmission[];
  repeats: readonly Repeat[];
  /** When gateway processes were killed, epoch milliseconds. */
  deaths: readonly number[];
  /** For how long a gateway may have held a response that it could not store yet, milliseconds. */
  unstoredMs: number;
  timeTroubles: TimeTroubles;
}

/** An end and a response that cross each other: the response is read after the end was decided. */
const crossingMs = 2_000;
/** A connection of a killed process may look open for a moment. */
const unnoticedMs = 200;

/**
 * Breaches of "no paid picture was discarded". A picture that the sandbox reported before the swap ended is what the swap
 * SUCCEEDED with; one that was reported later is its late result; and whoever repeats such a request gets it, unpaid.
 * A picture whose id the gateway knows has to be asked for after the end, too. Excused is only a response to a process that was killed before
 * it could have stored it, if no other report followed.
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
      ? [`${id} is ${status}, and its picture was not asked for after that`]
      : [];
  const end = [status, error?.code].filter(Boolean).join(' ');
  const endedAt = completedAt === null ? Number.POSITIVE_INFINITY : Date.parse(completedAt);
  const leadMs = endedAt - first.at;
  if (leadMs > (first.by === 'webhook' ? 0 : crossingMs))
    return [`${id} is ${end}, though its picture was reported by ${first.by} ${leadMs} ms before it ended`];
  if (lateResult && samePictures(lateResult.output, row.output)) return [];
  const kept = lateResult ? `has another late result` : 'has no late result';
  return [`${id} is ${end} and ${kept}, though its picture was reported by ${first.by}`];
}

/** Its id is known, but nobody has asked for it since the swap failed. */
function isForgotten(
  { status, modelsLabId, completedAt, lateResult }: FinalSwap,
  row: AcceptedSubmission,
  { timeTroubles, deaths }: PaidEvidence,
): boolean {
  if (status !== 'FAILED' || modelsLabId === null || lateResult !== null || row.isMoved) return false;
  // The schedule for polling is stored, and in the times of the clock.
  if (isAgeUnknown(row.acceptedAt, timeTroubles, deaths)) return false;
  return row.lastFetchAt === null || row.lastFetchAt < Date.parse(completedAt ?? '');
}

/**
 * Without an id of its own to ask for, the gateway may ask for the one that a webhook gave together with another
 * `track_id`. The answer to that may be another client's picture, unless it names the swap's `track_id`.
 */
function provesPicture({ by }: PictureReport, { modelsLabId }: FinalSwap, row: AcceptedSubmission): boolean {
  return by !== 'fetch' || modelsLabId !== null || row.webhooksMisnamed === 0;
}

/** A webhook that was answered with 2xx is durable; other responses may die with the process that got them. */
function isExcused({ by, at }: PictureReport, { deaths, unstoredMs, timeTroubles }: PaidEvidence): boolean {
  const storedAt = readableAt(at, timeTroubles.stops) + unstoredMs;
  return by !== 'webhook' && deaths.some((death) => death >= at - unnoticedMs && death <= storedAt);
}

function breachesOfRepeat({ original, answer }: Repeat, { swaps, submissions }: PaidEvidence): string[] {
  const kept = swaps.get(original)?.lateResult?.output ?? [];
  if (answer === null) return [`the repetition of ${original} was not answered`];
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
