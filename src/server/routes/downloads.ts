import { Readable } from 'node:stream';
import type { GatewayServices } from '../../graphql/context.js';
import { errorBody } from '../../graphql/execution/format-error.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';
import type { ResultReader } from '../../swap/result-reader.js';
import { isEnded } from '../../swap/swap.js';
import type { Admission } from '../access/admission.js';
import type { AddressReader } from '../access/client-address.js';
import { createKeyedSemaphore } from '../access/keyed-semaphore.js';
import type { HttpServer } from '../http/http-server.js';

export interface DownloadRouteOptions {
  services: GatewayServices;
  admission: Admission;
  readAddress: AddressReader;
  readResult: ResultReader;
  log: SwapLog;
}

const extensions: Record<string, string> = { 'image/jpeg': 'jpg' };
/** Each download holds a picture in memory until its client has read it: limits per client, per address, and in all. */
const atOnce = { ofClient: 4, ofAddress: 16, ofAll: 64 };
const retryAfter = 5;
/** Stalled sockets are detected by unwritten bytes, so a response must be written in chunks. */
const chunkBytes = 64 * 1024;

/**
 * `GET /swaps/{id}/download`: the result as a file, for the swap's own client. A page cannot have a browser save what lies on
 * ModelsLab's host, which allows no other origins. 404 when it is gone, 503 when its host fails.
 */
export function mountDownloads(
  server: HttpServer,
  { services, admission, readAddress, readResult, log }: DownloadRouteOptions,
): void {
  const ofClient = createKeyedSemaphore(atOnce.ofClient);
  const ofAddress = createKeyedSemaphore(atOnce.ofAddress);
  const ofAll = createKeyedSemaphore(atOnce.ofAll);

  server.get<{ Params: { id: string } }>('/swaps/:id/download', async (request, reply) => {
    const { authorization, host } = request.headers;
    const address = () => readAddress(request.raw);
    const { client } = await admission.admit({ authorization, host, address, work: 'query' });
    const view = await services.swaps.get(client, request.params.id);
    const url = view && isEnded(view.swap) ? view.swap.result?.output[0] : undefined;
    if (!view || url === undefined) return reply.callNotFound();

    const from = address();
    const slots = [
      [ofClient, client],
      [ofAddress, from],
      [ofAll, ''],
    ] as const;
    const life = new AbortController();
    const taken: (typeof slots)[number][] = [];
    const end = (): void => {
      life.abort();
      for (const [places, key] of taken.splice(0)) places.release(key);
    };
    for (const slot of slots) {
      if (slot[0].tryAcquire(slot[1])) {
        taken.push(slot);
      } else {
        end();
        throw slot[0] === ofAll ? unavailable('Too many downloads at one time.') : tooMany();
      }
    }
    reply.raw.once('close', end);
    // For a client that has already left, `close` is not emitted again.
    if (reply.raw.closed) end();

    const result = await readResult(url, life.signal);
    if (result.kind !== 'picture') {
      if (!life.signal.aborted) {
        const facts = {
          swap: view.swap.id,
          host: URL.canParse(url) ? new URL(url).hostname : '',
          reason: result.reason,
        };
        log.warn(facts, `failed to fetch the result of a swap: ${result.kind}`);
      }
      if (result.kind === 'failed') throw unavailable('The host of the result does not give it now.');
      if (result.kind === 'busy') throw unavailable('Too many downloads at one time.');
      return reply
        .status(404)
        .send(errorBody({ code: 'NOT_FOUND', message: 'The result no longer exists.' }));
    }
    const { contentType, bytes } = result;
    const extension = extensions[contentType] ?? contentType.slice('image/'.length);
    return reply
      .header('content-disposition', `attachment; filename="swap-${view.swap.id.slice(0, 8)}.${extension}"`)
      .header('content-length', bytes.length)
      .type(contentType)
      .send(Readable.from(inChunks(bytes)));
  });
}

function* inChunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

const tooMany = (): GatewayError => rateLimited('Too many downloads at one time.', 1000);
const unavailable = (message: string): GatewayError =>
  new GatewayError('UNAVAILABLE', message, { retryAfter });
