import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const harmless = /^[\w.:-]{1,64}$/;

/** The id that a proxy gave the request, if that is harmless in a log line, else a new one. */
export function readRequestId({ 'x-request-id': given }: IncomingHttpHeaders): string {
  return typeof given === 'string' && harmless.test(given) ? given : randomUUID();
}
