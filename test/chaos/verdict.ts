import type { AcceptedSubmission } from '../../sandbox/sandbox-jobs.ts';
import { failedEarly } from './failed-early.ts';
import { type FinalSwap, swapIdOf } from './final-swap.ts';
import { forgedOutput } from './forger.ts';
import { discardedPictures, type Repeat } from './paid-pictures.ts';
import { samePictures } from './same-pictures.ts';
import { slotPeak } from './slot-peak.ts';
import { isAgeUnknown, type TimeTroubles } from './time-troubles.ts';
import type { Sighting } from './watchers.ts';

export interface Evidence {
  /** Every accepted swap, as returned by a query at the end; null if none is returned. */
  swaps: Map<string, FinalSwap | null>;
  /** Those whose erasure was requested, and what is left of them. */
  erased: ReadonlySet<string>;
  unerased: readonly string[];
  /** Client webhooks that never came. */
  undelivered: readonly string[];
  /** The number of the request for each swap. */
  requests: Map<string, number>;
  sightings: Sighting[];
  submissions: readonly AcceptedSubmission[];
  repeats: readonly Repeat[];
  /** When gateway processes were killed, and how long they may have held data that they could not store; milliseconds. */
  deathTimes: readonly number[];
  unstoredMs: number;
  timeTroubles: TimeTroubles;
  /** Maximum number of swaps at ModelsLab at a time. */
  queueLimit: number;
  /** From the submission, and how much earlier than the sandbox a gateway may count it; milliseconds. */
  deadlineMs: number;
  markMs: number;
  /** How long a submission whose outcome the gateway does not know counts, milliseconds. */
  unknownSlotMs: number;
  forgedAccepted: number;
  /** Archived files that are not as they must be. */
  damagedFiles: readonly string[];
  /** Gateway processes that exited without being killed. */
  ownEnds: string[];
  log: string;
  secrets: string[];
}

export interface Check {
  promise: string;
  /** What broke the promise; empty if it held. */
  breaches: string[];
}

const rank: Record<string, number> = {
  QUEUED: 0,
  PROCESSING: 1,
  SUCCEEDED: 2,
  FAILED: 2,
  CANCELED: 2,
  EXPIRED: 2,
};

/** Checks the evidence of a run against the gateway's promises. */
export function judge(evidence: Evidence): Check[] {
  const { swaps, sightings, submissions, queueLimit, unknownSlotMs, timeTroubles, deathTimes } = evidence;
  const peak = slotPeak(submissions, swaps, unknownSlotMs, (acceptedAt) =>
    isAgeUnknown(acceptedAt, timeTroubles, deathTimes),
  );
  const finals = [...swaps.entries()];
  const kept = new Map(finals.filter(([id]) => !evidence.erased.has(id)));
  const bySwap = Map.groupBy(submissions, ({ webhook }) => swapIdOf(webhook));
  return [
    {
      promise: 'every accepted swap has finished',
      breaches: finals
        .filter(([, swap]) => rank[swap?.status ?? ''] !== 2)
        .map(([id, swap]) => `${id} is ${swap?.status}`),
    },
    {
      promise: 'every subscriber saw a valid order of states, and one final state, which a query returns too',
      breaches: sightings.flatMap((sighting) =>
        breachesOf(sighting, swaps.get(sighting.swapId), evidence.erased.has(sighting.swapId)),
      ),
    },
    {
      promise: 'no swap was submitted, and so paid, more than once',
      breaches: [...bySwap]
        .filter(([, rows]) => rows.length > 1)
        .map(([id, rows]) => `${id} was accepted ${rows.length} times`),
    },
    {
      promise: 'all responses to an idempotency key name the same swap',
      breaches: [...Map.groupBy(evidence.requests, ([, number]) => number)]
        .filter(([, rows]) => rows.length > 1)
        .map(([number, rows]) => `request ${number} got ${rows.map(([id]) => id).join(' and ')}`),
    },
    {
      promise: 'no idempotency key led to more than one accepted submission',
      breaches: [...Map.groupBy(submissions, ({ trackId }) => trackId)]
        .filter(([, rows]) => rows.length > 1)
        .map(([number, rows]) => `request ${number} was accepted ${rows.length} times`),
    },
    {
      promise: 'no more swaps than the limit were known to be at ModelsLab, or unresolved for a short time',
      breaches: peak > queueLimit ? [`${peak} of ${queueLimit}`] : [],
    },
    {
      promise: 'no forged result was accepted',
      breaches: [
        ...(evidence.forgedAccepted > 0 ? [`${evidence.forgedAccepted} forged webhooks were accepted`] : []),
        ...finals
          .filter(([, swap]) => swap?.output.includes(forgedOutput))
          .map(([id]) => `${id} has a forged picture`),
      ],
    },
    {
      promise: 'every SUCCEEDED swap has exactly the pictures that the sandbox made for it',
      breaches: [...kept]
        .filter(([, swap]) => swap?.status === 'SUCCEEDED')
        .filter(([id, swap]) => {
          const row = bySwap.get(id)?.[0];
          return row?.outcome !== 'success' || !samePictures(swap?.output ?? [], row.output);
        })
        .map(([id, swap]) => `${id} has ${JSON.stringify(swap?.output)}`),
    },
    {
      promise: 'every result is archived with the pixels that the sandbox made, or says FAILED',
      breaches: [...evidence.damagedFiles],
    },
    {
      promise: 'no paid picture was discarded',
      breaches: discardedPictures({ ...evidence, swaps: kept, deaths: evidence.deathTimes }),
    },
    {
      promise: 'what was erased is gone, at every point of its life',
      breaches: [...evidence.unerased],
    },
    {
      promise:
        'no swap whose picture was made failed before its deadline, or because of a message from ModelsLab',
      breaches: failedEarly(submissions, swaps, evidence),
    },
    {
      promise: 'the end of every swap with a client webhook was delivered',
      breaches: [...evidence.undelivered],
    },
    {
      promise: 'the key went to no other origin',
      breaches: submissions
        .filter(({ foreignFetches }) => foreignFetches > 0)
        .map(({ id, foreignFetches }) => `${id} was fetched elsewhere ${foreignFetches} times`),
    },
    {
      promise: 'no gateway exited except when killed',
      breaches: evidence.ownEnds,
    },
    {
      promise: 'no secret is in any log',
      breaches: evidence.secrets
        .filter((secret) => evidence.log.includes(secret))
        .map((secret) => `${secret.slice(0, 4)}…`),
    },
  ];
}

function breachesOf(
  { swapId, statuses, ends }: Sighting,
  final: FinalSwap | null | undefined,
  isErased: boolean,
): string[] {
  const isBackwards = statuses.some(
    (status, index) => (rank[status] ?? -1) < (rank[statuses[index - 1] ?? ''] ?? 0),
  );
  const seen = ends[0] === undefined ? undefined : (JSON.parse(ends[0]) as FinalSwap);
  return [
    ...(isBackwards ? [`${swapId} went backwards: ${statuses.join(' ')}`] : []),
    ...(ends.length === 1 ? [] : [`${swapId} was reported finished ${ends.length} times`]),
    ...(seen &&
    !isErased &&
    JSON.stringify(seen.output) + seen.status !==
      JSON.stringify(final?.shown ?? final?.output) + final?.status
      ? [`${swapId} was reported as ${seen.status}, but is ${final?.status}`]
      : []),
  ];
}
