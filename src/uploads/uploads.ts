import { join } from 'node:path';
import type { Clock, SwapLog } from '../swap/ports.js';
import { cleanPicture } from './clean-picture.js';
import { createTurns } from './turns.js';
import { createUploadFolder } from './upload-folder.js';
import { createUploadQuota } from './upload-quota.js';

export interface StoredUpload {
  id: string;
  width: number;
  height: number;
  bytes: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Pictures that clients put here for ModelsLab to fetch. */
export interface Uploads {
  /** Whether there is room for another of the client's. @throws UploadError RATE_LIMITED or UNAVAILABLE */
  check(client: string): void;
  /** Stores a picture, made anew. @throws UploadError; nothing is stored then */
  add(client: string, bytes: Buffer): Promise<StoredUpload>;
  /** The JPEG, or undefined for an id that was never given out or has expired. */
  read(id: string): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

export interface UploadsOptions {
  dataDir: string;
  ttlMs: number;
  perClient: number;
  total: number;
  clock: Clock;
  log: SwapLog;
}

const sweepMs = 60 * 60 * 1000;
/** Decoding takes up to 160 MB for a picture of 40 megapixels. */
const decodedAtOnce = 2;

export async function createUploads(options: UploadsOptions): Promise<Uploads> {
  const { dataDir, ttlMs, perClient, total, clock, log } = options;
  const folder = createUploadFolder(join(dataDir, 'uploads'));
  const quota = createUploadQuota({ perClient, total, now: clock.now });
  const inTurn = createTurns(decodedAtOnce);
  const life = new AbortController();

  const isExpired = (createdAt: number): boolean => createdAt + ttlMs <= clock.now();
  const sweep = async (): Promise<void> => {
    for (const { id, record } of await folder.list(clock.now())) {
      if (isExpired(record.createdAt)) await folder.remove(id);
    }
  };
  const sweepForever = async (): Promise<void> => {
    while (!life.signal.aborted) {
      await sweep().catch((error: unknown) =>
        log.warn({ err: error }, 'uploads could not be looked through'),
      );
      await clock.sleep(sweepMs, life.signal);
    }
  };

  for (const { record } of await folder.list(clock.now())) {
    if (isExpired(record.createdAt)) continue;
    try {
      quota.take(record.client, record.createdAt + ttlMs);
    } catch {
      // Stored when more was allowed: it counts as far as the quota goes.
    }
  }
  const sweeping = sweepForever();

  return {
    check: (client) => quota.take(client, clock.now() + ttlMs)(),
    async add(client, bytes) {
      const createdAt = clock.now();
      const expiresAt = createdAt + ttlMs;
      const giveBack = quota.take(client, expiresAt);
      try {
        const { jpeg, width, height } = await inTurn(() => cleanPicture(bytes));
        const id = await folder.write(jpeg, { client, createdAt });
        return { id, width, height, bytes: jpeg.length, expiresAt };
      } catch (error) {
        giveBack();
        throw error;
      }
    },
    async read(id) {
      const record = await folder.record(id);
      return record && !isExpired(record.createdAt) ? folder.read(id) : undefined;
    },
    async close() {
      life.abort();
      await sweeping;
    },
  };
}
