import type { ServerResponse } from 'node:http';
import type { FaultDraw } from './fault-draw.js';
import { sendHtml, sendJson, sendSlowly, sendTruncated } from './wire-answer.js';
import type { Answer } from './wire-bodies.js';

/** How an answer went over the wire. */
export type AnswerOutcome = 'sent' | 'bodyTruncated' | 'bodyHtml';

/** Sends the answer, unless a fault spoils its body. Resolves when all of it was handed to the socket. */
export async function sendWithFaults(
  response: ServerResponse,
  { status, body }: Answer,
  draw: FaultDraw,
  signal: AbortSignal,
): Promise<AnswerOutcome> {
  if (draw.happens('bodyTruncated')) {
    sendTruncated(response, status, body);
    return 'bodyTruncated';
  }
  if (draw.happens('bodyHtml')) {
    sendHtml(response, 200);
    return 'bodyHtml';
  }
  if (draw.happens('bodySlow')) await sendSlowly(response, status, body, draw.within('slowBodyMs'), signal);
  else sendJson(response, status, body);
  return 'sent';
}

/** A message as it is, or with the whole request in it, key included, as careless servers do. */
export function maybeEcho(message: string, request: unknown, draw: FaultDraw): string {
  return draw.happens('echoRequest') ? `${message} Request: ${JSON.stringify(request)}` : message;
}

/** 500 or 503, as HTTP status in every dialect: these come from the machinery before the API. */
export function serverError(draw: FaultDraw, request: unknown): Answer {
  const unavailable = draw.fraction('errorStatus') < 0.5;
  const message = unavailable ? 'Service temporarily unavailable' : 'Internal server error';
  return {
    status: unavailable ? 503 : 500,
    body: { status: 'error', message: maybeEcho(message, request, draw) },
  };
}
