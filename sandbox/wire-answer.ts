import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { toJson } from './wire-json.js';

const slowPieces = 20;

/** The request's body, or undefined if it is not a JSON object. @throws Error if it is longer than `maxBytes` */
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
  sendBytes(response, status, 'application/json', Buffer.from(toJson(body)));
}

/** Does nothing if the client has disconnected. Sends no content type if none is given. */
export function sendBytes(
  response: ServerResponse,
  status: number,
  contentType: string | undefined,
  bytes: Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return;
  // Frontends show and compare the pictures from their own origin.
  response.setHeader('access-control-allow-origin', '*');
  if (contentType !== undefined) response.setHeader('content-type', contentType);
  response.writeHead(status, { 'content-length': bytes.length, ...headers });
  response.end(bytes);
}

/** Ends the response normally, but in the middle of the JSON. */
export function sendTruncated(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(toJson(body));
  sendBytes(response, status, 'application/json', bytes.subarray(0, Math.ceil(bytes.length / 2)));
}

/** A page as shown by a proxy in front of an upstream. */
export function sendHtml(response: ServerResponse, status: number): void {
  const page =
    '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Please wait</body></html>';
  sendBytes(response, status, 'text/html; charset=utf-8', Buffer.from(page));
}

/** Sends the bytes over `totalMs`. Ends early if the client disconnects or `signal` aborts. */
export async function sendSlowly(
  response: ServerResponse,
  status: number,
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
  totalMs: number,
  signal: AbortSignal,
): Promise<void> {
  const pieceBytes = Math.ceil(bytes.length / slowPieces);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
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
