import type { ServerResponse } from 'node:http';
import type { FaultDraw } from './fault-draw.js';
import { sendBytes, sendHtml, sendSlowly, sendTruncated } from './wire-answer.js';
import type { Answer } from './wire-bodies.js';
import { drawWireForm } from './wire-form.js';

/** How a response was sent over the wire. */
export type AnswerOutcome = 'sent' | 'bodyTruncated' | 'bodyHtml';

/**
 * Sends the response, unless a fault corrupts its bytes. Resolves when all of it has been handed to the socket.
 * @param onReported called if the response reports a finished picture and was sent completely
 */
export async function sendWithFaults(
  response: ServerResponse,
  { status: trueStatus, headers: extraHeaders, body, reportsPicture }: Answer,
  draw: FaultDraw,
  signal: AbortSignal,
  onReported?: () => void,
): Promise<AnswerOutcome> {
  if (draw.happens('bodyTruncated')) {
    sendTruncated(response, trueStatus, body);
    return 'bodyTruncated';
  }
  if (draw.happens('bodyHtml')) {
    sendHtml(response, 200);
    return 'bodyHtml';
  }
  const is5xx = trueStatus === 200 && draw.happens('successAs5xx');
  const status = is5xx ? ([500, 502, 503][Math.floor(draw.fraction('5xx') * 3)] ?? 500) : trueStatus;
  const form = drawWireForm(body, draw, true);
  const headers = { ...form.headers, ...extraHeaders };
  // A 5xx only makes the reader poll again; it does not count as a report.
  if (reportsPicture && !is5xx && onReported !== undefined) response.once('finish', onReported);
  if (draw.happens('bodySlow'))
    await sendSlowly(response, status, form.bytes, headers, draw.within('slowBodyMs'), signal);
  else sendBytes(response, status, undefined, form.bytes, headers);
  return 'sent';
}

/** The message, possibly with the whole request in it, key included, as careless servers do. */
export function maybeEcho(message: string, request: unknown, draw: FaultDraw): string {
  return draw.happens('echoRequest') ? `${message} Request: ${JSON.stringify(request)}` : message;
}

/** 500 or 503, as an HTTP status in every dialect: these come from infrastructure in front of the API. */
export function serverError(draw: FaultDraw, request: unknown): Answer {
  const unavailable = draw.fraction('errorStatus') < 0.5;
  const message = unavailable ? 'Service temporarily unavailable' : 'Internal server error';
  return {
    status: unavailable ? 503 : 500,
    body: { status: 'error', message: maybeEcho(message, request, draw) },
  };
}
