import multipart from '@fastify/multipart';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  createKeyedSemaphore,
  type KeyedSemaphore,
  releaseAll,
  tryAcquireAll,
} from '../../lib/keyed-semaphore.js';
import type { AuditLog } from '../../swap/audit-log.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import { accountsOf, requireScope } from '../../swap/principal.js';
import { maxUploadBytes, type UploadedPicture } from '../../uploads/uploaded-picture.js';
import type { Uploads } from '../../uploads/uploads.js';
import type { Admission } from '../access/admission.js';
import type { AddressReader } from '../access/client-address.js';
import type { ConcurrencyLimit } from '../access/concurrency-limit.js';
import type { HttpServer } from '../http/http-server.js';
import { paced } from './upload-pace.js';

export interface UploadRouteOptions {
  uploads: Uploads;
  /** Origin of the picture URLs; known once the gateway listens. */
  origin(): string;
  admission: Admission;
  readAddress: AddressReader;
  isAllowedOrigin(origin: string, host: string | undefined): boolean;
  /** Limit for reading pictures. */
  limit: ConcurrencyLimit;
  audit: AuditLog;
}

/** Limits on uploads being received or waiting to be decoded. Their bytes have a separate budget. */
const concurrency = { perClient: 6, perAddress: 24, total: 256 };

/**
 * `POST /uploads`: one picture as a file in a multipart form, with the same authentication as GraphQL. Responds with 201 and an
 * UploadedPicture. `GET /uploads/{id}.jpg`: the picture, for everyone who knows its URL.
 */
export async function mountUploads(server: HttpServer, options: UploadRouteOptions): Promise<void> {
  const { uploads, origin, admission, readAddress, isAllowedOrigin, limit, audit } = options;
  const perClient = createKeyedSemaphore(concurrency.perClient);
  const perAddress = createKeyedSemaphore(concurrency.perAddress);
  const total = createKeyedSemaphore(concurrency.total);

  const receive = async (request: FastifyRequest): Promise<UploadedPicture> => {
    const { authorization, host, origin: from } = request.headers;
    // Browsers send cross-origin forms without a preflight, unlike JSON.
    if (from !== undefined && !isAllowedOrigin(from, host))
      throw new GatewayError('FORBIDDEN', 'Uploads from pages of this origin are not allowed.');
    const address = () => readAddress(request.raw);
    const principal = await admission.admit({
      authorization,
      host,
      address,
      requestId: request.id,
      work: 'mutation',
    });
    requireScope(principal, 'upload');
    const { client } = principal;
    uploads.check(client);
    const work = async (): Promise<UploadedPicture> => {
      const body = paced(readPicture(request), request.raw.socket);
      const { id, expiresAt, ...facts } = await uploads.add(client, body);
      const { bytes } = facts;
      audit({ event: 'upload.stored', client, bytes, requestId: request.id, address: address() });
      return {
        url: `${origin()}/uploads/${id}.jpg`,
        ...facts,
        expiresAt: new Date(expiresAt).toISOString(),
      };
    };
    const tooMany = rateLimited('Too many concurrent uploads.', 1000);
    const full = new GatewayError('UNAVAILABLE', 'Too many concurrent uploads.', { retryAfter: 1 });
    return within(perClient, accountsOf(client), tooMany, () =>
      within(perAddress, [address()], tooMany, () => within(total, [''], full, work)),
    );
  };

  // In a separate scope, so that no other route accepts forms.
  await server.register(async (scope) => {
    await scope.register(multipart, {
      limits: { fileSize: maxUploadBytes, files: 1, fields: 0, parts: 1, headerPairs: 20 },
    });
    scope.post('/uploads', async (request, reply) => {
      try {
        return await reply.status(201).send(await receive(request));
      } catch (error) {
        dropRest(request, reply, error);
        throw error;
      }
    });
  });

  await server.register(async (scope) => {
    await scope.register(fastifyStatic, { serve: false });
    scope.get<{ Params: { name: string } }>(
      '/uploads/:name',
      { onRequest: limit },
      async (request, reply) => {
        const [, id] = /^([0-9a-f]{32})\.jpg$/.exec(request.params.name) ?? [];
        const picture = id === undefined ? undefined : await uploads.find(id);
        if (!picture) return reply.callNotFound();
        reply.headers({ 'cache-control': 'private, max-age=3600', 'x-robots-tag': 'noindex' });
        return reply.sendFile(picture.file, picture.folder, { cacheControl: false });
      },
    );
  });
}

/** @throws `full` if a key is at its limit; the errors of `work` */
async function within<Result>(
  semaphore: KeyedSemaphore,
  keys: readonly string[],
  full: GatewayError,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!tryAcquireAll(semaphore, keys)) throw full;
  try {
    return await work();
  } finally {
    releaseAll(semaphore, keys);
  }
}

/** The form's only file, whatever its field name. */
async function* readPicture(request: FastifyRequest): AsyncGenerator<Buffer> {
  if (!request.isMultipart())
    throw new GatewayError('NO_PICTURE', 'Send the picture as a file in a multipart/form-data form.');
  try {
    const file = await request.file();
    if (!file) throw new GatewayError('NO_PICTURE', 'The form contains no file.');
    yield* file.file as AsyncIterable<Buffer>;
    if (file.file.truncated) throw tooLarge();
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if ((error as { code?: string }).code === 'FST_REQ_FILE_TOO_LARGE') throw tooLarge();
    // Other parser errors mean that the form is invalid or the client disconnected.
    throw new GatewayError('NO_PICTURE', 'Send exactly one file in a complete multipart/form-data form.');
  }
}

const tooLargeMessage = 'The file is too large; the limit is 10 MB.';
const tooLarge = (): GatewayError =>
  new GatewayError('PICTURE_TOO_LARGE', tooLargeMessage, {
    fields: [{ path: 'picture', message: tooLargeMessage }],
  });

/** A form is slightly larger than its file, hence the margin. */
const maxDroppedBytes = maxUploadBytes + 64 * 1024;

/** The rest of a rejected upload is read and dropped so that the sender sees the response; bounded, to prevent abuse. */
function dropRest({ raw }: FastifyRequest, reply: FastifyReply, error: unknown): void {
  if (raw.complete) return;
  raw.unpipe();
  raw.resume();
  const length = Number(raw.headers['content-length']);
  const isTooSlow = error instanceof GatewayError && error.code === 'TOO_SLOW';
  if (isTooSlow || !(length <= maxDroppedBytes)) reply.header('connection', 'close');
}
