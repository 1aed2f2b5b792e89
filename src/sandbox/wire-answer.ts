import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const slowPieces = 20;

/** The request's body, or undefined when it is no JSON object. @throws Error when it is longer than `maxBytes`. */
export async function readJson(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Record<string, unknown> | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`The request body is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendBytes(response, status, 'application/json', Buffer.from(JSON.stringify(body)));
}

/** Does nothing when the client has gone. */
export function sendBytes(
  response: ServerResponse,
  status: number,
  contentType: string,
  bytes: Buffer,
): void {
  if (response.destroyed) return;
  // Frontends show and compare the pictures from their own origin.
  response.setHeader('access-control-allow-origin', '*');
  response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length });
  response.end(bytes);
}

/** Ends as if all were well, in the middle of the JSON. */
export function sendTruncated(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  sendBytes(response, status, 'application/json', bytes.subarray(0, Math.ceil(bytes.length / 2)));
}

/** What a proxy in front of an upstream shows. */
export function sendHtml(response: ServerResponse, status: number): void {
  const page =
    '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Please wait</body></html>';
  sendBytes(response, status, 'text/html; charset=utf-8', Buffer.from(page));
}

/** The whole body, correct, over `totalMs`. Ends early when the client leaves or `signal` aborts. */
export async function sendSlowly(
  response: ServerResponse,
  status: number,
  body: unknown,
  totalMs: number,
  signal: AbortSignal,
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(body));
  const pieceBytes = Math.ceil(bytes.length / slowPieces);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (response.destroyed || signal.aborted) return;
    response.write(bytes.subarray(at, at + pieceBytes));
    await sleep(totalMs / slowPieces, undefined, { signal });
  }
  response.end();
}

/** The client sees ECONNRESET. */
export function resetConnection(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null) return;
  socket.resetAndDestroy();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
