import { maybeEcho, serverError } from './answer-faults.js';
import { cdnBefore, redirect } from './cdn-answers.js';
import type { Dialect } from './dialect.js';
import type { SwapImages } from './face-swap-picture.js';
import type { FaultDraw } from './fault-draw.js';
import { ImageUnavailableError } from './image-source.js';
import type { SandboxOperation, SubmitRequest } from './operations/operation.js';
import { isKeyGood, type SandboxContext } from './sandbox-context.js';
import { type Answer, refusal } from './wire-bodies.js';

/** A submit that passed all checks. `images` are present if the checks fetched them. */
export interface Admitted {
  readonly body: Record<string, unknown>;
  readonly request: SubmitRequest;
  readonly images: SwapImages | undefined;
}

/** A submit as received, with its draw and dialect. */
export interface Submit {
  readonly operation: SandboxOperation;
  readonly body: Record<string, unknown> | undefined;
  readonly ordinal: number;
  readonly draw: FaultDraw;
  readonly dialect: Dialect;
}

/** Checks in ModelsLab's order: server error, key, account, parameters, images. `refuseWhenFull` follows. */
export async function admit(context: SandboxContext, submit: Submit): Promise<Admitted | Answer> {
  const { operation, body, draw } = submit;
  if (draw.happens('errorBefore')) return serverError(draw, body);
  if (draw.happens('cdnBefore')) return cdnBefore(draw);
  if (draw.happens('redirected')) return redirect(draw, `/${operation.path}`);
  if (body === undefined) return refuse(submit, 400, 'The request body must be a JSON object.');
  if (!isKeyGood(context, body['key']) || draw.happens('unauthorized')) {
    return refuse(submit, 401, 'Invalid API key');
  }
  if (draw.happens('insufficientCredits') || !context.account.canPay()) return refuseUnpaid(submit);
  if (draw.happens('forbidden')) return refuse(submit, 403, 'This feature requires a premium subscription');
  const request = operation.read(body);
  if (typeof request === 'string') return refuse(submit, 400, request);
  if (context.desk.current().imageCheck === 'generation') return { body, request, images: undefined };
  const images = await tryImages(context, request, draw);
  if (images === undefined) return refuse(submit, 400, 'Unable to fetch image from provided URL');
  return { body, request, images };
}

/** The refusal of an account whose balance is too low. */
export const refuseUnpaid = (submit: Submit): Answer =>
  refuse(submit, 402, 'Insufficient credits. Please recharge your wallet to continue.');

/**
 * A 429 if no slot is free, otherwise undefined. Synchronous, so that a caller that accepts right after it never gives
 * the last slot to two submits.
 */
export function refuseWhenFull(
  { desk, jobs, queueLimit }: SandboxContext,
  submit: Submit,
): Answer | undefined {
  const { othersQueued, retryAfterS } = desk.current();
  const { draw } = submit;
  const isFull = jobs.queued() + othersQueued >= queueLimit;
  if (!isFull && !desk.isBusy(submit.ordinal)) return undefined;
  if (draw.happens('busyInWords'))
    return { status: 200, body: { status: 'error', message: busyWords(draw, queueLimit) } };
  const message = `Rate limit exceeded. Maximum ${queueLimit} queued requests allowed.`;
  const headers = retryAfterHeader(draw, retryAfterS ?? 1);
  if (headers !== undefined) return { ...refuse(submit, 429, message), status: 429, headers };
  const seconds = draw.happens('busyZero') ? 0 : retryAfterS;
  return refuse(submit, 429, message, seconds === null ? {} : { retry_after: seconds });
}

function busyWords(draw: FaultDraw, limit: number): string {
  const words = [
    'Our queue is full, please try again in some time',
    `You can only have ${limit} requests at a time, wait for them to finish`,
    'Rate limit exceeded',
  ];
  return words[Math.floor(draw.fraction('busyWords') * words.length)] ?? 'Rate limit exceeded';
}

function retryAfterHeader(draw: FaultDraw, seconds: number): Record<string, string> | undefined {
  if (draw.happens('busyHeader')) return { 'retry-after': String(Math.ceil(seconds)) };
  if (!draw.happens('busyDate')) return undefined;
  return { 'retry-after': new Date(Date.now() + Math.ceil(seconds) * 1_000).toUTCString() };
}

function refuse({ body, draw, dialect }: Submit, status: number, message: string, more?: object): Answer {
  return refusal(dialect, status, maybeEcho(message, body, draw), more);
}

async function tryImages(
  { maker, logger }: SandboxContext,
  request: SubmitRequest,
  draw: FaultDraw,
): Promise<SwapImages | undefined> {
  try {
    return await maker.load(request, draw);
  } catch (error) {
    if (!(error instanceof ImageUnavailableError)) throw error;
    logger.warn({ error: error.message }, 'sandbox: failed to fetch an image');
    return undefined;
  }
}
