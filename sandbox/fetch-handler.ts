import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { maybeEcho, sendWithFaults, serverError } from './answer-faults.js';
import { spoilBody } from './body-faults.js';
import { drawDialect } from './dialect.js';
import type { FaultDraw } from './fault-draw.js';
import { fetchTrouble } from './fetch-troubles.js';
import { isKeyGood, type SandboxContext } from './sandbox-context.js';
import type { Job } from './sandbox-jobs.js';
import { nextScriptedFetch } from './scripted-submit.js';
import { resetConnection, sendJson } from './wire-answer.js';
import {
  type Answer,
  failedBody,
  fetchPath,
  processingBody,
  publishedFetchBody,
  refusal,
  successBody,
} from './wire-bodies.js';

/** Where a fetch arrived. `path` is the part between the base path and the id. */
export interface FetchTarget {
  readonly id: string;
  readonly path: string;
  readonly origin: string;
}

export type FetchHandler = (
  target: FetchTarget,
  body: Record<string, unknown> | undefined,
  response: ServerResponse,
) => Promise<void>;

/** `POST {base}/fetch/{id}`. Free of charge; generates nothing. An unknown id gives a 404 with an error body. */
export function createFetchHandler(context: SandboxContext): FetchHandler {
  const { desk, jobs, signal } = context;
  let unknownIds = 0;

  return async ({ id, path, origin }, body, response) => {
    const job = jobs.find(id);
    if (job !== undefined) {
      const isForeign = origin !== job.address.origin;
      const { fetches, foreignFetches } = job.row;
      job.row = {
        ...job.row,
        fetches: fetches + 1,
        lastFetchAt: Date.now(),
        foreignFetches: foreignFetches + (isForeign ? 1 : 0),
      };
    }
    if (job?.scriptedFetches !== undefined) return sendJson(response, 200, nextScriptedFetch(jobs, job));

    const draw =
      job === undefined
        ? desk.draw('unknown', ++unknownIds)
        : desk.draw('fetch', job.row.ordinal, job.row.fetches);
    if (draw.happens('fetchReset')) return resetConnection(response);
    if (draw.happens('fetchHang')) return;
    await sleep(draw.within('latencyMs'), undefined, { signal });
    const known = job !== undefined && fetchPath(job) === path ? job : undefined;
    const answer = answerFor(context, known, body, draw);
    await sendWithFaults(response, answer, draw, signal, () => known && jobs.report(known, 'fetch'));
  };
}

function answerFor(
  context: SandboxContext,
  job: Job | undefined,
  body: Record<string, unknown> | undefined,
  draw: FaultDraw,
): Answer {
  if (draw.happens('fetchError')) return serverError(draw, body);
  const dialect = job?.dialect ?? drawDialect(draw);
  const refuse = (status: number, message: string) =>
    refusal(dialect, status, maybeEcho(message, body, draw));
  if (!isKeyGood(context, body?.['key'])) return refuse(401, 'Invalid API key');
  if (job === undefined) return refuse(404, 'Request not found');
  const now = Date.now();
  const { row } = job;
  const trouble = fetchTrouble(now - row.acceptedAt, context.desk.draw('fetch-trouble', row.ordinal), draw);
  if (trouble !== undefined) return trouble;
  if (row.finishedAt !== null && now < row.finishedAt + job.silentMs) return serverError(draw, body);
  const truth = truthOf(job, now, draw);
  const reported = draw.happens('fetchPublished') ? publishedFetchBody(truth) : truth;
  return { status: 200, ...spoilBody(reported, 'fetch', job, draw) };
}

function truthOf(job: Job, now: number, draw: FaultDraw): Record<string, unknown> {
  const { outcome } = job.row;
  if (outcome === 'generating' || draw.happens('fetchStale')) return processingBody(job, now);
  return outcome === 'success' ? successBody(job) : failedBody(job);
}
