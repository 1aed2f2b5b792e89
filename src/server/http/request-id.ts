import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const harmless = /^[\w.:-]{1,64}$/;

/** The request id set by a proxy, if it is safe to log, otherwise a new one. */
export function readRequestId({ 'x-request-id': given }: IncomingHttpHeaders): string {
  return typeof given === 'string' && harmless.test(given) ? given : randomUUID();
}
