import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import type { Clock } from '../lib/clock.js';
import { compiledModule } from '../lib/pictures/compiled-module.js';
import { createPictureProcess, type PictureProcessObserver } from '../lib/pictures/picture-process.js';
import { createUploads, type Uploads } from '../uploads/uploads.js';

/** More than the largest allowed picture needs: a 16-bit PNG that cannot be decoded row by row. */
const maxDecoderBytes = 768 * 1024 * 1024;
/** Several times what such a picture needs. */
const decodeTimeoutMs = 15_000;

/** @returns undefined if uploads are disabled */
export async function openUploads(
  config: Config,
  isShared: boolean,
  clock: Clock,
  log: Logger,
  observer: PictureProcessObserver,
): Promise<Uploads | undefined> {
  const { maxUploadsPerClient: perClient, maxUploads: total, uploadTtlMs: ttlMs, dataDir } = config;
  if (perClient === undefined) return undefined;
  const pictures = createPictureProcess({
    module: compiledModule('src/uploads/upload-worker.js'),
    timeoutMs: decodeTimeoutMs,
    maxResidentBytes: maxDecoderBytes,
    observer,
  });
  return createUploads({ dataDir, isShared, ttlMs, perClient, total, pictures, clock, log });
}
