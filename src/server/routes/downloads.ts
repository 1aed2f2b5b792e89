import { Readable } from 'node:stream';
import type { GatewayServices } from '../../graphql/context.js';
import { errorBody } from '../../graphql/execution/format-error.js';
import { createKeyedSemaphore } from '../../lib/keyed-semaphore.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import type { FileReader } from '../../swap/file-reader.js';
import type { SwapLog } from '../../swap/ports.js';
import { requireScope } from '../../swap/principal.js';
import type { ResultReader } from '../../swap/result-reader.js';
import { type EndedSwap, isEnded } from '../../swap/swap.js';
import type { Admission } from '../access/admission.js';
import type { AddressReader } from '../access/client-address.js';
import type { HttpServer } from '../http/http-server.js';

export interface DownloadRouteOptions {
  services: GatewayServices;
  admission: Admission;
  readAddress: AddressReader;
  readResult: ResultReader;
  /** Reads archived results; undefined: there are none. */
  fileReader?: FileReader | undefined;
  log: SwapLog;
  /** Sent with every picture. */
  pictureHeaders: Readonly<Record<string, string>>;
}

const extensions: Record<string, string> = { 'image/jpeg': 'jpg' };
/** Limits on concurrent downloads: each holds a picture in memory until the client has read it. */
const concurrency = { perClient: 4, perAddress: 16, total: 64 };
const retryAfter = 5;
/** Stalled sockets are detected by unwritten bytes, so a response must be written in chunks. */
const chunkBytes = 64 * 1024;

/**
 * `GET /swaps/{id}/download`: the result as a file, for the client that owns the swap. Needed since ModelsLab's host sends no
 * CORS headers, so pages cannot save its files. 404 once the file no longer exists, 503 when its host fails.
 */
export function mountDownloads(
  server: HttpServer,
  { services, admission, readAddress, readResult, fileReader, log, pictureHeaders }: DownloadRouteOptions,
): void {
  const perClient = createKeyedSemaphore(concurrency.perClient);
  const perAddress = createKeyedSemaphore(concurrency.perAddress);
  const total = createKeyedSemaphore(concurrency.total);

  server.get<{ Params: { id: string } }>('/swaps/:id/download', async (request, reply) => {
    const { authorization, host } = request.headers;
    const address = () => readAddress(request.raw);
    const principal = await admission.admit({
      authorization,
      host,
      address,
      requestId: request.id,
      work: 'query',
    });
    requireScope(principal, 'read');
    const { client } = principal;
    const view = await services.swaps.get(client, request.params.id);
    const url = view && isEnded(view.swap) ? view.swap.result?.output[0] : undefined;
    if (!view || url === undefined) return reply.callNotFound();

    const from = address();
    const slots = [
      [perClient, client],
      [perAddress, from],
      [total, ''],
    ] as const;
    const abort = new AbortController();
    const acquired: (typeof slots)[number][] = [];
    const release = (): void => {
      abort.abort();
      for (const [semaphore, key] of acquired.splice(0)) semaphore.release(key);
    };
    for (const slot of slots) {
      if (slot[0].tryAcquire(slot[1])) {
        acquired.push(slot);
      } else {
        release();
        throw slot[0] === total ? unavailable('Too many concurrent downloads.') : tooMany();
      }
    }
    reply.raw.once('close', release);
    // If the client has already disconnected, `close` is not emitted again.
    if (reply.raw.closed) release();

    const result =
      fileReader && view.files
        ? await fileReader.read(view.swap as EndedSwap, 0, wholeFile, abort.signal)
        : await readResult(url, abort.signal);
    if (result.kind !== 'picture' && result.kind !== 'file') {
      if (!abort.signal.aborted) {
        const facts = {
          swap: view.swap.id,
          host: URL.canParse(url) ? new URL(url).hostname : '',
          reason: result.reason,
        };
        log.warn(facts, `failed to fetch the result of a swap: ${result.kind}`);
      }
      if (result.kind === 'failed') throw unavailable('The result is temporarily unavailable from its host.');
      if (result.kind === 'busy') throw unavailable('Too many concurrent downloads.');
      return reply
        .status(404)
        .send(errorBody({ code: 'NOT_FOUND', message: 'The result no longer exists.' }));
    }
    services.audit({
      event: 'swap.downloaded',
      client,
      swap: view.swap.id,
      requestId: request.id,
      address: from,
    });
    const { contentType } = result;
    const length = result.kind === 'file' ? result.bytes : result.bytes.length;
    const body = result.kind === 'file' ? result.body : Readable.from(inChunks(result.bytes));
    const extension = extensions[contentType] ?? contentType.slice('image/'.length);
    return reply
      .headers(pictureHeaders)
      .header('content-disposition', `attachment; filename="swap-${view.swap.id.slice(0, 8)}.${extension}"`)
      .header('content-length', length)
      .type(contentType)
      .send(body);
  });
}

/** A download is the same on all origins, so it is never redirected. */
const wholeFile = (): undefined => undefined;

function* inChunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

const tooMany = (): GatewayError => rateLimited('Too many concurrent downloads.', 1000);
const unavailable = (message: string): GatewayError =>
  new GatewayError('UNAVAILABLE', message, { retryAfter });
