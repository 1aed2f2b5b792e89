import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorBody } from '../../graphql/execution/format-error.js';
import { createKeyedSemaphore } from '../../lib/keyed-semaphore.js';
import { type Range, readRange } from '../../swap/byte-range.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import type { FileFacts, FileReader, ReadableFile } from '../../swap/file-reader.js';
import type { SwapLog } from '../../swap/ports.js';
import type { AddressReader } from '../access/client-address.js';
import type { ConcurrencyLimit } from '../access/concurrency-limit.js';
import { apiHeaders } from '../http/headers.js';
import type { HttpServer } from '../http/http-server.js';

export interface FileRouteOptions {
  files: FileReader;
  readAddress: AddressReader;
  /** Limit on responses. */
  limit: ConcurrencyLimit;
  log: SwapLog;
  /** Sent with every picture. */
  pictureHeaders: Readonly<Record<string, string>>;
}

/** Limits on concurrent reads of pictures that are not archived yet: each is on disk until it is sent. */
const fetches = { perAddress: 8, total: 32 };
const retryAfter = 2;

/** A picture is the only thing that a browser may make of a file, whatever is in it. */
const fileHeaders = {
  ...apiHeaders,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  // Shared caches keep nothing, and browsers ask each time, so that an erased or expired file is gone.
  'cache-control': 'private, no-cache',
  'x-robots-tag': 'noindex, noimageindex',
  'accept-ranges': 'bytes',
};

/**
 * `GET` and `HEAD /files/{secret}/{n}.{ext}`: a picture of a result, for everyone who knows its URL. Supports a single range, and
 * `If-None-Match`. Until the gateway has a copy, it passes on what ModelsLab has. With direct URLs it redirects to the copy.
 * 404 for an unknown or expired URL and for a picture that no longer exists, 503 when it cannot be read right now.
 */
export function mountFiles(
  server: HttpServer,
  { files, readAddress, limit, log, pictureHeaders }: FileRouteOptions,
): void {
  const perAddress = createKeyedSemaphore(fetches.perAddress);
  const total = createKeyedSemaphore(fetches.total);

  /** Fetching a picture from ModelsLab takes a place. @throws RATE_LIMITED, UNAVAILABLE */
  function takePlace(request: FastifyRequest, reply: FastifyReply): void {
    const address = readAddress(request.raw);
    if (!perAddress.tryAcquire(address))
      throw rateLimited('Too many concurrent requests for new pictures.', 1000);
    if (!total.tryAcquire('')) {
      perAddress.release(address);
      throw unavailable('Too many concurrent requests for new pictures.');
    }
    let isHeld = true;
    const release = (): void => {
      if (isHeld)
        for (const [semaphore, key] of [
          [perAddress, address],
          [total, ''],
        ] as const)
          semaphore.release(key);
      isHeld = false;
    };
    reply.raw.once('close', release);
    // If the client has already disconnected, `close` is not emitted again.
    if (reply.raw.closed) release();
  }

  server.route<{ Params: { secret: string; name: string } }>({
    method: ['GET', 'HEAD'],
    url: '/files/:secret/:name',
    onRequest: limit,
    async handler(request, reply) {
      const found = await files.find(request.params.secret, request.params.name);
      if (!found) return reply.callNotFound();
      const { swap, index } = found;
      if (!swap.archive?.files[index]) takePlace(request, reply);
      const abort = new AbortController();
      reply.raw.once('close', () => abort.abort());
      let answer: Answer | undefined;
      const file = await files.read(
        swap,
        index,
        (facts) => {
          answer = answerTo(request, facts);
          return answer.part;
        },
        abort.signal,
      );
      if (file.kind === 'file' && answer)
        return send(reply, file, { ...answer, headers: { ...pictureHeaders, ...answer.headers } });
      const { kind, reason } = file as Exclude<typeof file, ReadableFile>;
      if (!abort.signal.aborted)
        log.warn({ swap: swap.id, reason }, `failed to read the result of a swap: ${kind}`);
      if (kind === 'failed') throw unavailable('The picture is temporarily unavailable.');
      return reply
        .status(404)
        .send(errorBody({ code: 'NOT_FOUND', message: 'The picture no longer exists.' }));
    },
  });
}

interface Answer {
  status: 200 | 206 | 302 | 304 | 416;
  headers: Record<string, string>;
  part: Range | undefined | 'nothing';
}

function answerTo(
  { method, headers }: FastifyRequest,
  { contentType, bytes, sha256, directUrl }: FileFacts,
): Answer {
  if (directUrl !== undefined) {
    const location = { location: directUrl, 'cache-control': 'private, no-store' };
    return { status: 302, headers: location, part: 'nothing' };
  }
  const etag = `"${sha256}"`;
  if (matches(headers['if-none-match'], etag)) return { status: 304, headers: { etag }, part: 'nothing' };
  // A range of another version of the file would be of no use.
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = isSame ? readRange(headers.range, bytes) : undefined;
  if (range === 'unsatisfiable')
    return { status: 416, headers: { etag, 'content-range': `bytes */${bytes}` }, part: 'nothing' };
  const length = range ? range.end - range.start + 1 : bytes;
  return {
    status: range ? 206 : 200,
    headers: {
      etag,
      'content-type': contentType,
      'content-length': String(length),
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${bytes}` }),
    },
    part: method === 'HEAD' ? 'nothing' : range,
  };
}

/** Compares weakly, as the standard says: a proxy may have weakened the tag. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return (
    ifNoneMatch.trim() === '*' ||
    ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  );
}

function send(reply: FastifyReply, { body }: ReadableFile, { status, headers }: Answer): FastifyReply {
  // Set on the response itself, so that the headers of the API do not replace them.
  for (const [name, value] of Object.entries({ ...fileHeaders, ...headers }))
    reply.raw.setHeader(name, value);
  return reply.status(status).send(body);
}

const unavailable = (message: string): GatewayError =>
  new GatewayError('UNAVAILABLE', message, { retryAfter });
