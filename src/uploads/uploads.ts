import { join } from 'node:path';
import type { Clock } from '../lib/clock.js';
import { readPictureHeader, sniffFormat } from '../lib/pictures/picture-header.js';
import { PictureJobError } from '../lib/pictures/picture-job.js';
import { refuseSize } from '../lib/pictures/picture-limits.js';
import type { PictureProcess } from '../lib/pictures/picture-process.js';
import { repeat } from '../lib/repeat.js';
import { GatewayError } from '../swap/errors.js';
import type { SwapLog } from '../swap/ports.js';
import { accountOf, accountsOf } from '../swap/principal.js';
import { createBodySpool, type SpooledBody } from './body-spool.js';
import type { NormalizedPicture, NormalizeInput } from './normalize-picture.js';
import { createUploadFolder } from './upload-folder.js';
import { createUploadQuota } from './upload-quota.js';
import { type Preparation, typeNotSupported } from './uploaded-picture.js';

export interface StoredUpload {
  id: string;
  width: number;
  height: number;
  bytes: number;
  prepared: Preparation;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Pictures that clients upload for ModelsLab to fetch. */
export interface Uploads {
  /** Whether the client may upload another picture. @throws RATE_LIMITED or UNAVAILABLE */
  check(client: string): void;
  /**
   * Receives a body and stores its picture, re-encoded. An unusable picture counts against the client's quota; a body
   * that is not a picture, or that the gateway cannot handle right now, does not.
   *
   * @throws GatewayError, or the body's errors; nothing is stored in these cases
   */
  add(client: string, body: AsyncIterable<Buffer>): Promise<StoredUpload>;
  /** Location of the JPEG; undefined for an unknown or expired id. */
  find(id: string): Promise<{ folder: string; file: string } | undefined>;
  /** The client that uploaded a picture; undefined for an unknown or expired id. */
  ownerOf(id: string): Promise<string | undefined>;
  /** Removes a picture. It still counts against the quota of its client. No effect if there is none. */
  remove(id: string): Promise<void>;
  /** Removes all pictures of an account: a client and its client tokens. @returns how many */
  removeAll(account: string): Promise<number>;
  close(): Promise<void>;
}

export interface UploadsOptions {
  dataDir: string;
  /** Whether other gateways use the directory too. */
  isShared: boolean;
  ttlMs: number;
  perClient: number;
  total: number;
  /** Runs the job `normalize`; closed along with the uploads. */
  pictures: PictureProcess;
  clock: Clock;
  log: SwapLog;
}

const sweepMs = 60 * 60 * 1000;
/** Limit on bytes on disk of incomplete bodies and bodies waiting to be decoded. */
const maxSpooledBytes = 512 * 1024 * 1024;
const supported = ['jpeg', 'png', 'webp', 'heic', 'avif'];

export async function createUploads(options: UploadsOptions): Promise<Uploads> {
  const { dataDir, isShared, ttlMs, perClient, total, pictures, clock, log } = options;
  const path = join(dataDir, 'uploads');
  const folder = createUploadFolder(path);
  const spool = createBodySpool({ folder: join(dataDir, 'incoming'), maxBytes: maxSpooledBytes, isShared });
  const quota = createUploadQuota({ perClient, total, now: clock.now });
  const life = new AbortController();

  const isExpired = (createdAt: number): boolean => createdAt + ttlMs <= clock.now();
  const sweep = async (): Promise<void> => {
    quota.dropExpired();
    await spool.clean(clock.now());
    for (const { id, record } of await folder.list(clock.now())) {
      if (isExpired(record.createdAt)) await folder.remove(id);
    }
  };
  const logSweepFailure = (error: unknown): void => log.warn({ err: error }, 'failed to sweep uploads');
  const normalize = async (client: string, body: SpooledBody): Promise<[string, NormalizedPicture]> => {
    const size = readPictureHeader(body.head)?.size;
    const problem = size && refuseSize(size);
    if (problem !== undefined) throw refusal('PICTURE_TOO_LARGE', problem);
    const target = `${body.path}.jpg`;
    const input: NormalizeInput = { source: body.path, target };
    try {
      return [target, (await pictures.run(accountOf(client), 'normalize', input)) as NormalizedPicture];
    } catch (error) {
      throw error instanceof PictureJobError ? explain(error, log) : error;
    }
  };

  await sweep().catch(logSweepFailure);
  for (const { record } of await folder.list(clock.now())) {
    if (isExpired(record.createdAt)) continue;
    try {
      quota.reserve(record.client, record.createdAt + ttlMs);
    } catch {
      // Stored when the quota was higher: counts only up to today's quota.
    }
  }
  const sweeping = repeat(() => sweep().then(() => sweepMs), {
    clock,
    signal: life.signal,
    startAfterMs: sweepMs,
    retryMs: sweepMs,
    onError: logSweepFailure,
  });

  return {
    check: (client) => quota.reserve(client, clock.now() + ttlMs).release(),
    async add(client, stream) {
      const body = await spool.receive(stream, rejectOtherTypes).catch((error: unknown) => {
        if (error instanceof GatewayError && error.cause !== undefined)
          log.error({ err: error.cause }, 'failed to write an upload to disk');
        throw error;
      });
      try {
        const createdAt = clock.now();
        const expiresAt = createdAt + ttlMs;
        const reservation = quota.reserve(client, expiresAt);
        try {
          const [target, facts] = await normalize(client, body);
          const id = await folder.adopt(target, { client, createdAt });
          return { id, ...facts, expiresAt };
        } catch (error) {
          const isItsOwnFault = error instanceof GatewayError && error.code !== 'UNAVAILABLE';
          if (isItsOwnFault) reservation.fail();
          else reservation.release();
          throw error;
        }
      } finally {
        await body.dispose();
      }
    },
    async find(id) {
      const record = await folder.record(id);
      const file = record && !isExpired(record.createdAt) ? folder.fileOf(id) : undefined;
      return file === undefined ? undefined : { folder: path, file };
    },
    async ownerOf(id) {
      const record = await folder.record(id);
      return record && !isExpired(record.createdAt) ? record.client : undefined;
    },
    async remove(id) {
      if (await folder.record(id)) await folder.remove(id);
    },
    async removeAll(account) {
      const own = (await folder.list(clock.now())).filter(({ record }) =>
        accountsOf(record.client).includes(account),
      );
      for (const { id } of own) await folder.remove(id);
      return own.length;
    },
    async close() {
      life.abort();
      await pictures.close();
      await sweeping.done;
    },
  };
}

/** Checks the first bytes: the client's file name and content type are not reliable. */
function rejectOtherTypes(start: Buffer): void {
  if (supported.includes(sniffFormat(start) ?? '')) return;
  throw refusal('PICTURE_TYPE_NOT_SUPPORTED', typeNotSupported);
}

const refusals = ['PICTURE_TOO_LARGE', 'PICTURE_TYPE_NOT_SUPPORTED', 'PICTURE_UNREADABLE'] as const;

/** The form's only file is called `picture`, whatever the client named its field. */
const refusal = (code: (typeof refusals)[number], message: string): GatewayError =>
  new GatewayError(code, message, { fields: [{ path: 'picture', message }] });

function explain({ failure, reason, message }: PictureJobError, log: SwapLog): GatewayError {
  if (failure === 'unavailable') {
    log.warn({ reason: message }, 'failed to decode an upload');
    return new GatewayError('UNAVAILABLE', 'Pictures cannot be decoded right now.', { retryAfter: 5 });
  }
  if (failure === 'refused') {
    const code = refusals.find((known) => known === reason) ?? 'PICTURE_UNREADABLE';
    return refusal(code, message);
  }
  log.warn({ failure, reason: message }, 'the picture process had to be restarted');
  return refusal('PICTURE_UNREADABLE', 'This picture takes too much time or memory to decode.');
}
