import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { signatureBytes } from '../lib/pictures/picture-header.js';
import { GatewayError } from '../swap/errors.js';

/** The complete body of an upload, on disk. */
export interface SpooledBody {
  path: string;
  /** The beginning, up to `headBytes`. */
  head: Buffer;
  /** Removes the file and all files whose path starts with its path. Idempotent. */
  dispose(): Promise<void>;
}

/** Spools bodies to disk until they are decoded, so that they take no memory; all share one byte budget. */
export interface BodySpool {
  /**
   * Writes a body to disk as it arrives.
   *
   * @param checkStart gets the first bytes, and throws to reject the body
   * @throws UNAVAILABLE if the budget is used up; errors of the stream and of `checkStart`. Leaves no file in these
   *   cases
   */
  receive(body: AsyncIterable<Buffer>, checkStart: (start: Buffer) => void): Promise<SpooledBody>;
  /** Removes files left by a killed process. */
  clean(now: number): Promise<void>;
}

export interface BodySpoolOptions {
  folder: string;
  maxBytes: number;
  /** Whether other gateways share the folder; if so, only files too old to be in use are removed. */
  isShared: boolean;
}

const headBytes = 256 * 1024;
/** Longer than an upload can take to arrive and to be decoded. */
const abandonedMs = 60 * 60 * 1000;
const retryAfterSeconds = 2;

export function createBodySpool({ folder, maxBytes, isShared }: BodySpoolOptions): BodySpool {
  let usedBytes = 0;
  let isCleaned = false;

  const write = async (
    path: string,
    body: AsyncIterable<Buffer>,
    checkStart: (start: Buffer) => void,
    onBytes: (count: number) => void,
  ): Promise<Buffer> => {
    const file = await open(path, 'wx', 0o600);
    try {
      const head: Buffer[] = [];
      let size = 0;
      let problem: unknown;
      const check = (): void => {
        try {
          checkStart(Buffer.concat(head));
        } catch (error) {
          problem = error;
        }
      };
      for await (const chunk of body) {
        // The rest of a rejected body is read and dropped, so that the client receives the response.
        if (problem !== undefined) continue;
        onBytes(chunk.length);
        if (size < headBytes) head.push(chunk.subarray(0, headBytes - size));
        const hadStart = size >= signatureBytes;
        size += chunk.length;
        if (!hadStart && size >= signatureBytes) check();
        await file.writeFile(chunk);
      }
      if (size < signatureBytes) check();
      if (problem !== undefined) throw problem;
      return Buffer.concat(head);
    } finally {
      await file.close();
    }
  };

  return {
    async receive(body, checkStart) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
      } catch (error) {
        throw noRoom(error);
      }
      const name = randomBytes(16).toString('hex');
      const path = join(folder, name);
      let ownBytes = 0;
      const dispose = async (): Promise<void> => {
        usedBytes -= ownBytes;
        ownBytes = 0;
        await Promise.all([path, `${path}.jpg`].map((each) => rm(each, { force: true })));
      };
      try {
        const head = await write(path, body, checkStart, (count) => {
          if (usedBytes + count > maxBytes)
            throw new GatewayError('UNAVAILABLE', 'Too many concurrent uploads.', {
              retryAfter: retryAfterSeconds,
            });
          usedBytes += count;
          ownBytes += count;
        });
        return { path, head, dispose };
      } catch (error) {
        await dispose();
        throw isDiskError(error) ? noRoom(error) : error;
      }
    },
    async clean(now) {
      const isFirst = !isCleaned;
      isCleaned = true;
      if (isFirst && !isShared) {
        await rm(folder, { recursive: true, force: true });
        return;
      }
      for (const name of await readdir(folder).catch(() => [])) {
        const file = await stat(join(folder, name)).catch(() => undefined);
        if (file && now - file.mtimeMs > abandonedMs) await rm(join(folder, name), { force: true });
      }
    },
  };
}

/** This module's file system errors: disk full, read-only, or out of file descriptors. */
const isDiskError = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 'EMFILE', 'ENFILE'].includes(
    String((error as { code?: unknown }).code),
  );

const noRoom = (cause: unknown): GatewayError =>
  new GatewayError(
    'UNAVAILABLE',
    'The gateway cannot store uploads right now.',
    { retryAfter: 60 },
    { cause },
  );
