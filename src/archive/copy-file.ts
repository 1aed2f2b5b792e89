import type { Clock } from '../lib/clock.js';
import type { ArchiveStore } from '../swap/archive.js';
import { type ArchivedFile, archiveKey, fileName } from '../swap/files.js';
import type { SwapStore } from '../swap/ports.js';
import type { EndedSwap } from '../swap/swap.js';
import type { Tracing } from '../swap/tracing.js';
import type { ArchiveBudget } from './budget.js';
import type { PictureFetcher } from './picture-fetcher.js';
import { pictureSourceOf } from './picture-source.js';
import { putTraced } from './put-traced.js';

/** The copy of a file, or why there is none; `retry`: the failure may be temporary. */
export type CopyOutcome = ArchivedFile | { kind: 'retry' | 'failed' | 'full'; reason: string };

export interface FileCopierDeps {
  store: Pick<SwapStore, 'get'>;
  archive: Pick<ArchiveStore, 'put'>;
  fetcher: Pick<PictureFetcher, 'fetch'>;
  budget: Pick<ArchiveBudget, 'hasRoom' | 'reserve'>;
  clock: Pick<Clock, 'now'>;
  /** Default: none. */
  tracing?: Tracing;
}

export interface CopyOptions {
  /** See `FetchOptions`. */
  acceptsPartial: boolean;
  signal: AbortSignal;
}

/** Downloads, labels and stores one file of a result. Never throws: every failure of the disk or the archive may be temporary. */
export type FileCopier = (
  swap: EndedSwap,
  token: string,
  sourceUrl: string,
  index: number,
  options: CopyOptions,
) => Promise<CopyOutcome>;

export function createFileCopier(deps: FileCopierDeps): FileCopier {
  const { store, fetcher, budget, clock } = deps;
  const put = putTraced(deps.archive, deps.tracing);
  async function copy(
    ...[swap, token, sourceUrl, index, options]: Parameters<FileCopier>
  ): Promise<CopyOutcome> {
    const full = { kind: 'full', reason: 'ARCHIVE_MAX_BYTES is reached' } as const;
    if (!budget.hasRoom()) return full;
    const source = await pictureSourceOf(store, swap, index);
    const picture = await fetcher.fetch(sourceUrl, { ...options, ...source });
    let isMoved = false;
    if (picture.kind !== 'picture')
      return { ...picture, kind: picture.kind === 'refused' ? 'failed' : 'retry' };
    try {
      const release = budget.reserve(picture.bytes);
      if (!release) return full;
      try {
        const key = archiveKey(token, fileName(index, sourceUrl));
        isMoved = await put(swap, key, await picture.toFile(), options.signal);
      } catch (error) {
        release();
        throw error;
      }
      const { contentType, bytes, sha256, sourceSha256, width, height, label } = picture;
      const size = width !== undefined && height !== undefined && { width, height };
      return {
        contentType,
        bytes,
        sha256,
        sourceSha256,
        ...size,
        archivedAt: clock.now(),
        ...(label && { label }),
      };
    } finally {
      await picture.dispose(isMoved);
    }
  }

  return async (...given) => {
    try {
      return await copy(...given);
    } catch (error) {
      return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
    }
  };
}
