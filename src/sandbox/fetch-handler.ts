import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { maybeEcho, sendWithFaults, serverError } from './answer-faults.js';
import type { FaultDraw } from './fault-draw.js';
import { isKeyGood, type SandboxContext } from './sandbox-context.js';
import type { Job } from './sandbox-jobs.js';
import { nextScriptedFetch } from './scripted-submit.js';
import { resetConnection, sendJson } from './wire-answer.js';
import { type Answer, drawDialect, failedBody, processingBody, refusal, successBody } from './wire-bodies.js';

export type FetchHandler = (
  id: string,
  body: Record<string, unknown> | undefined,
  response: ServerResponse,
) => Promise<void>;

/** `POST {base}/fetch/{id}`. Costs nothing and generates nothing. An unknown id is a 404 with an error body. */
export function createFetchHandler(context: SandboxContext): FetchHandler {
  const { desk, jobs, signal } = context;
  let unknownIds = 0;

  return async (id, body, response) => {
    const job = jobs.find(id);
    if (job !== undefined) job.row = { ...job.row, fetches: job.row.fetches + 1 };
    if (job?.scriptedFetches !== undefined) return sendJson(response, 200, nextScriptedFetch(jobs, job));

    const draw =
      job === undefined
        ? desk.draw('unknown', ++unknownIds)
        : desk.draw('fetch', job.row.ordinal, job.row.fetches);
    if (draw.happens('fetchReset')) return resetConnection(response);
    if (draw.happens('fetchHang')) return;
    await sleep(draw.within('latencyMs'), undefined, { signal });
    await sendWithFaults(response, answerFor(context, job, body, draw), draw, signal);
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
  const isStale = job.row.outcome !== 'generating' && draw.happens('fetchStale');
  if (isStale || job.row.outcome === 'generating')
    return { status: 200, body: processingBody(job, Date.now()) };
  return { status: 200, body: job.row.outcome === 'success' ? successBody(job) : failedBody(job) };
}
