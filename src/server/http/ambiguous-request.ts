import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody } from '../../graphql/execution/format-error.js';
import { apiHeaders } from './headers.js';

/**
 * Headers that may occur once. Node.js uses the first of several and drops the rest, or joins them, while a proxy in front may
 * use another one: it would check one key, host or length, and the gateway use another. (Node.js itself rejects several
 * lengths, and a length together with a transfer encoding.)
 */
const singleHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'origin',
  'proxy-authorization',
  'sec-websocket-key',
  'sec-websocket-version',
  'transfer-encoding',
  'upgrade',
]);

/** A name, an IPv4 address, or an IPv6 address in brackets; then maybe a port. Empty if the client knows no host. */
const validHost = /^(?:[\w.-]*|\[[0-9a-f:.]+\])(?::\d{0,5})?$/i;

/** @returns why a request must be rejected with status 400, on any route and before an upgrade; undefined if it may pass */
export function findAmbiguity({ url = '', headers, rawHeaders }: IncomingMessage): string | undefined {
  // Nearly all requests have no header twice, and counting is cheap.
  if (2 * Object.keys(headers).length !== rawHeaders.length) {
    const name = findDuplicate(rawHeaders);
    if (name !== undefined) return `The header ${name} must not occur more than once.`;
  }
  const { host } = headers;
  if (host !== undefined && !validHost.test(host)) return 'The header host is not a host name.';
  // The absolute form, which only proxies receive, names the host a second time.
  if (!url.startsWith('/') && url !== '*' && (!URL.canParse(url) || new URL(url).host !== host))
    return 'The request target must be a path, or a URL with the host of the header.';
  return undefined;
}

function findDuplicate(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!singleHeaders.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/** Responds with 400 and closes the connection: where the next request begins is ambiguous, too. */
export function rejectAmbiguity(response: ServerResponse, message: string): void {
  const body = JSON.stringify(errorBody({ code: 'BAD_REQUEST', message }));
  response
    .writeHead(400, {
      ...apiHeaders,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    })
    .end(body);
}
