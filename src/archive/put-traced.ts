import type { ArchiveStore } from '../swap/archive.js';
import type { Swap } from '../swap/swap.js';
import { aboutSwap, noTracing, type Tracing, traced } from '../swap/tracing.js';

/** Puts files into an archive, each in a span of its swap. */
export const putTraced =
  (archive: Pick<ArchiveStore, 'put'>, tracing: Tracing = noTracing) =>
  (swap: Swap, ...file: Parameters<ArchiveStore['put']>): Promise<boolean> =>
    traced(tracing, 'archive.put', aboutSwap(swap), async (span) => {
      span.set({ 'archive.bytes': file[1].bytes });
      return archive.put(...file);
    });
