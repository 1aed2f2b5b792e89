import { randomUUID } from 'node:crypto';
import { type Dialect, makeId } from './dialect.js';
import type { FaultDraw } from './fault-draw.js';
import type { SandboxOperation, SubmittedImages } from './operations/operation.js';

/** A complete report of a finished picture to the client, in a form that it must understand. */
export interface PictureReport {
  /** `submit` and `fetch`: the response was handed to the client's connection. `webhook`: the response was 2xx. */
  readonly by: 'submit' | 'fetch' | 'webhook';
  /** Epoch milliseconds. */
  readonly at: number;
}

/** One row per accepted submission, which is what ModelsLab charges for. Times are epoch milliseconds. */
export interface AcceptedSubmission extends SubmittedImages {
  /** The submit's number, counted from 1 in order of arrival, rejected ones included. */
  readonly ordinal: number;
  readonly id: number | string;
  readonly webhook: string | null;
  readonly trackId: number | null;
  readonly acceptedAt: number;
  /** When its picture was deleted on request. */
  readonly deletedAt: number | null;
  /** Null while it occupies a slot in the queue. */
  readonly finishedAt: number | null;
  readonly outcome: 'generating' | 'success' | 'failed';
  readonly output: readonly string[];
  /** Why it failed. */
  readonly message: string | null;
  /** The outcome of the response to the submit. */
  readonly answer:
    | 'pending'
    | 'sent'
    | 'errorAfter'
    | 'resetAfter'
    | 'hangAfter'
    | 'cdnAfter'
    | 'cdnForged'
    | 'bodyTruncated'
    | 'bodyHtml';
  /** Its default fetch path is a 404; only `fetch_result` has the right one. */
  readonly isMoved: boolean;
  readonly fetches: number;
  readonly lastFetchAt: number | null;
  /** Fetches that arrived at a different origin than the submit, which leaks the key. */
  readonly foreignFetches: number;
  /** Reports of the finished picture: up to twenty, the first ones and the last. */
  readonly reports: readonly PictureReport[];
  readonly webhooksSent: number;
  /** Webhooks that got a 2xx response. */
  readonly webhooksDelivered: number;
  /** Webhooks sent with a wrong `track_id`. */
  readonly webhooksMisnamed: number;
}

export interface Job {
  row: AcceptedSubmission;
  readonly operation: SandboxOperation;
  readonly draw: FaultDraw;
  readonly dialect: Dialect;
  /** Origin and base path of the submit, so that links use the same route. */
  readonly address: { readonly origin: string; readonly basePath: string };
  readonly watermark: boolean;
  readonly pictureId: string;
  readonly generationMs: number;
  /** Factor applied to its true `eta`. */
  readonly etaFactor: number;
  /** From the finished picture to the first report of it. */
  readonly silentMs: number;
  /** Responses that a test scripted for `fetch`, in turn; the last one repeats. */
  readonly scriptedFetches: readonly Record<string, unknown>[] | undefined;
}

export type JobDetails = Omit<Job, 'row' | 'pictureId' | 'scriptedFetches'> &
  Pick<
    AcceptedSubmission,
    'ordinal' | 'webhook' | 'trackId' | 'initImage' | 'targetImage' | 'referenceImage'
  > & {
    readonly id?: number | string;
    /** Default false. */
    readonly isMoved?: boolean;
    readonly scriptedFetches?: readonly Record<string, unknown>[] | undefined;
  };

export interface JobRegistry {
  /** Logs the submission and takes a slot in the queue; the caller has checked `queued()`. */
  accept(details: JobDetails): Job;
  /** Releases the slot. The first end wins: returns false and changes nothing if the job has already finished. */
  finish(job: Job, end: { output: readonly string[] } | { message: string }): boolean;
  /** Records that the finished picture was reported. */
  report(job: Job, by: PictureReport['by']): void;
  find(id: string): Job | undefined;
  queued(): number;
  peakQueued(): number;
  rows(): AcceptedSubmission[];
}

/** A sandbox in CI may run for weeks, and a row takes about 4 KB: beyond this, the oldest rows are dropped. */
const maxRows = 50_000;
const maxReports = 20;

export function createJobRegistry(firstId: number, now: () => number): JobRegistry {
  const byId = new Map<string, Job>();
  // Kept apart from the ids: scripted responses may use one id twice, and each is an acceptance.
  const log = new Set<Job>();
  let nextId = firstId;
  let queued = 0;
  let peak = 0;

  const forgetOldest = () => {
    const [oldest] = log;
    if (oldest === undefined) return;
    log.delete(oldest);
    byId.delete(String(oldest.row.id));
  };

  return {
    accept: (details) => {
      const { ordinal, webhook, trackId, initImage, targetImage, referenceImage, ...rest } = details;
      const { id = makeId(details.dialect, nextId++), isMoved = false, scriptedFetches, ...work } = rest;
      const asked = { ordinal, id, webhook, trackId, initImage, targetImage, referenceImage };
      const open = {
        acceptedAt: now(),
        finishedAt: null,
        outcome: 'generating',
        output: [],
        message: null,
        lastFetchAt: null,
        deletedAt: null,
      } as const;
      const counts = {
        fetches: 0,
        foreignFetches: 0,
        webhooksSent: 0,
        webhooksDelivered: 0,
        webhooksMisnamed: 0,
      };
      const row: AcceptedSubmission = {
        ...asked,
        ...open,
        ...counts,
        answer: 'pending',
        isMoved,
        reports: [],
      };
      const job: Job = { row, ...work, pictureId: randomUUID(), scriptedFetches };
      byId.set(String(id), job);
      log.add(job);
      if (log.size > maxRows) forgetOldest();
      queued += 1;
      peak = Math.max(peak, queued);
      return job;
    },
    finish: (job, end) => {
      if (job.row.finishedAt !== null) return false;
      queued -= 1;
      const outcome = 'output' in end ? 'success' : 'failed';
      job.row = { ...job.row, ...end, outcome, finishedAt: now() };
      return true;
    },
    report: (job, by) => {
      const reports = [...job.row.reports.slice(0, maxReports - 1), { by, at: now() }];
      job.row = { ...job.row, reports };
    },
    find: (id) => byId.get(id),
    queued: () => queued,
    peakQueued: () => peak,
    rows: () => [...log].map(({ row }) => row),
  };
}
