import multipart from '@fastify/multipart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SwapError } from '../swap/swap-error.js';
import { UploadError } from '../uploads/upload-error.js';
import { maxUploadBytes, type UploadedPicture } from '../uploads/uploaded-picture.js';
import type { Uploads } from '../uploads/uploads.js';
import type { Admission } from './admission.js';
import type { AddressReader } from './client-address.js';
import type { HttpServer } from './http-server.js';
import { createPlaces } from './places.js';

export interface UploadRouteOptions {
  uploads: Uploads;
  /** Under which origin the pictures are handed out; known once the gateway listens. */
  origin(): string;
  admission: Admission;
  readAddress: AddressReader;
  isAllowedOrigin(origin: string, host: string | undefined): boolean;
}

/** Each holds up to 10 MB until it is stored: of one client, and of all. */
const atOnce = { ofClient: 6, ofAll: 24 };

/**
 * `POST /uploads`: one picture as a file of a multipart form, from whoever may use GraphQL, answered with 201 and an
 * UploadedPicture. `GET /uploads/{id}.jpg`: the picture, for everybody who knows its address.
 */
export async function mountUploads(server: HttpServer, options: UploadRouteOptions): Promise<void> {
  const { uploads, origin, admission, readAddress, isAllowedOrigin } = options;
  const ofClient = createPlaces(atOnce.ofClient);
  const ofAll = createPlaces(atOnce.ofAll);

  const receive = async (request: FastifyRequest): Promise<UploadedPicture> => {
    const { authorization, host, origin: from } = request.headers;
    // Browsers send forms of foreign pages without asking first, unlike JSON.
    if (from !== undefined && !isAllowedOrigin(from, host))
      throw new SwapError('FORBIDDEN', 'Pages of this origin may not upload.');
    const address = () => readAddress(request.raw);
    const { client } = await admission.admit({ authorization, host, address, work: 'mutation' });
    uploads.check(client);
    if (!ofClient.enter(client)) throw new UploadError('RATE_LIMITED', 'Too many uploads at one time.', 1);
    try {
      if (!ofAll.enter('')) throw new UploadError('UNAVAILABLE', 'Too many uploads at one time.', 1);
      try {
        const { id, expiresAt, ...facts } = await uploads.add(client, await readPicture(request));
        return {
          url: `${origin()}/uploads/${id}.jpg`,
          ...facts,
          expiresAt: new Date(expiresAt).toISOString(),
        };
      } finally {
        ofAll.leave('');
      }
    } finally {
      ofClient.leave(client);
    }
  };

  // In a scope of its own, so that no other route takes forms.
  await server.register(async (scope) => {
    await scope.register(multipart, {
      limits: { fileSize: maxUploadBytes, files: 1, fields: 0, parts: 1, headerPairs: 20 },
    });
    scope.post('/uploads', async (request, reply) => {
      try {
        return await reply.status(201).send(await receive(request));
      } catch (error) {
        if (error instanceof UploadError) return refuse(reply, error);
        throw error;
      }
    });
  });

  server.get<{ Params: { name: string } }>('/uploads/:name', async (request, reply) => {
    const [, id] = /^([0-9a-f]{32})\.jpg$/.exec(request.params.name) ?? [];
    const jpeg = id === undefined ? undefined : await uploads.read(id);
    if (!jpeg) return reply.callNotFound();
    return reply
      .headers({ 'cache-control': 'private, max-age=3600', 'x-robots-tag': 'noindex' })
      .type('image/jpeg')
      .send(jpeg);
  });
}

/** The one file of the form, whatever its field is called. */
async function readPicture(request: FastifyRequest): Promise<Buffer> {
  if (!request.isMultipart())
    throw new UploadError('NO_PICTURE', 'Send the picture as a file of a multipart/form-data form.');
  try {
    const file = await request.file();
    if (!file) throw new UploadError('NO_PICTURE', 'There is no file in the form.');
    const bytes = await file.toBuffer();
    if (file.file.truncated) throw tooLarge();
    return bytes;
  } catch (error) {
    if (error instanceof UploadError) throw error;
    if ((error as { code?: string }).code === 'FST_REQ_FILE_TOO_LARGE') throw tooLarge();
    // Whatever else the parser says is about what was sent, or that its sender is gone.
    throw new UploadError('NO_PICTURE', 'Send exactly one file in a whole multipart/form-data form.');
  }
}

const tooLarge = (): UploadError =>
  new UploadError('PICTURE_TOO_LARGE', 'This file is too large; at most 10 MB can be taken.');

/** In the form of GraphQL errors, as all refusals of the gateway. */
function refuse(reply: FastifyReply, { status, code, message, retryAfter }: UploadError): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  const extensions = { code, ...(retryAfter !== undefined && { retryAfter }) };
  return reply.status(status).send({ errors: [{ message, extensions }] });
}
