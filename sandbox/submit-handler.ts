import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendWithFaults, serverError } from './answer-faults.js';
import { spoilBody } from './body-faults.js';
import { cdnAfter, cdnForged } from './cdn-answers.js';
import { drawDialect } from './dialect.js';
import type { FaultDraw } from './fault-draw.js';
import type { SandboxOperation, SubmitRequest } from './operations/operation.js';
import type { SandboxContext } from './sandbox-context.js';
import { type Generation, startGeneration } from './sandbox-generation.js';
import type { AcceptedSubmission, Job } from './sandbox-jobs.js';
import { playScripted } from './scripted-submit.js';
import { type Admitted, admit, refuseUnpaid, refuseWhenFull } from './submit-refusal.js';
import { resetConnection, sendBytes } from './wire-answer.js';
import { type Answer, failedBody, processingBody, successBody } from './wire-bodies.js';

/** The receiver of an early webhook may wait for the response to the submit: after this time the response goes first. */
const earlyWebhookWaitMs = 2_000;

export type SubmitHandler = (
  operation: SandboxOperation,
  body: Record<string, unknown> | undefined,
  address: Job['address'],
  response: ServerResponse,
) => Promise<void>;

/** `POST {base}/{operation}`. Resolves when the response was sent or never will be. */
export function createSubmitHandler(context: SandboxContext): SubmitHandler {
  const { desk, jobs, script, webhooks, signal } = context;
  let submits = 0;

  return async (operation, body, address, response) => {
    const ordinal = ++submits;
    const draw = desk.draw('submit', ordinal);
    const exchange = body === undefined ? undefined : script.take(body);
    if (exchange !== undefined && body !== undefined) {
      context.inBackground(
        playScripted({ operation, exchange, body, ordinal, draw, address }, response, jobs, webhooks),
      );
      return;
    }

    if (draw.happens('resetBefore')) return resetConnection(response);
    if (draw.happens('hangBefore')) return;
    const dialect = drawDialect(draw);
    const submit = { operation, body, ordinal, draw, dialect };
    const refuse = async (answer: Answer) => {
      await sleep(draw.within('latencyMs'), undefined, { signal });
      await sendWithFaults(response, answer, draw, signal);
    };
    const admitted = await admit(context, submit);
    if (!('request' in admitted)) return refuse(admitted);
    const full = refuseWhenFull(context, submit);
    if (full !== undefined) return refuse(full);
    if (!context.account.pay()) return refuse(refuseUnpaid(submit));

    const isEarly = admitted.request.webhook !== null && draw.happens('webhookEarly');
    const generationMs = isEarly ? 0 : drawGenerationMs(draw);
    const job = jobs.accept({
      ordinal,
      webhook: admitted.request.webhook,
      trackId: admitted.request.trackId,
      ...operation.describe(admitted.body),
      operation,
      watermark: admitted.request.watermark,
      draw,
      dialect,
      address,
      generationMs,
      etaFactor: desk.current().etaFactor,
      silentMs: !isEarly && draw.happens('reportLate') ? draw.within('lateReportMs') : 0,
      isMoved: draw.happens('fetchMoved'),
    });
    const generation = startGeneration(context, job, admitted.request, admitted.images);
    context.inBackground(generation.announced);
    if (isEarly) await Promise.race([generation.announced, sleep(earlyWebhookWaitMs, undefined, { signal })]);
    const answer = await answerAccepted(context, job, admitted, generation, response);
    job.row = { ...job.row, answer };
  };
}

function drawGenerationMs(draw: FaultDraw): number {
  return draw.within(draw.happens('generationLate') ? 'lateGenerationMs' : 'generationMs');
}

async function answerAccepted(
  { jobs, signal }: SandboxContext,
  job: Job,
  { request }: Admitted,
  { finished }: Generation,
  response: ServerResponse,
): Promise<AcceptedSubmission['answer']> {
  const { draw } = job;
  await sleep(draw.within(draw.happens('submitLate') ? 'lateSubmitMs' : 'latencyMs'), undefined, { signal });
  if (draw.happens('resetAfter')) {
    resetConnection(response);
    return 'resetAfter';
  }
  if (draw.happens('hangAfter')) return 'hangAfter';
  const spoiled = insteadOfAnAnswer(draw, request);
  if (spoiled !== undefined) {
    const [name, { status, headers, body }] = spoiled;
    sendBytes(response, status, 'application/json', Buffer.from(JSON.stringify(body)), headers);
    return name;
  }
  const isSlow = draw.happens('submitSlow');
  const isAtOnce = isSlow || draw.happens('successAtOnce');
  if (isSlow) await sleep(draw.within('slowSubmitMs'), undefined, { signal });
  if (isAtOnce && job.silentMs === 0) await finished;
  const answer = { status: 200, ...spoilBody(accepted(job, isAtOnce), 'submit', job, draw) };
  return sendWithFaults(response, answer, draw, signal, () => jobs.report(job, 'submit'));
}

/** What a paid submission gets instead of its response. */
function insteadOfAnAnswer(
  draw: FaultDraw,
  request: SubmitRequest,
): [AcceptedSubmission['answer'], Answer] | undefined {
  if (draw.happens('errorAfter')) return ['errorAfter', serverError(draw, request)];
  if (draw.happens('cdnAfter')) return ['cdnAfter', cdnAfter(draw)];
  return draw.happens('cdnForged') ? ['cdnForged', cdnForged(draw)] : undefined;
}

function accepted(job: Job, isAtOnce: boolean): Record<string, unknown> {
  const { outcome } = job.row;
  if (!isAtOnce || job.silentMs > 0 || outcome === 'generating') return processingBody(job, Date.now());
  return outcome === 'success' ? successBody(job) : failedBody(job);
}
