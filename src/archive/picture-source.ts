import { namedResultOf } from '../swap/archive.js';
import { archiveKey, fileName } from '../swap/files.js';
import type { SwapStore } from '../swap/ports.js';
import { type EndedSwap, isEnded } from '../swap/swap.js';
import type { FetchOptions } from './picture-fetcher.js';

/**
 * How to fetch a picture of a swap: the same at any time, so that a picture that is read before it is archived has the bytes of
 * its copy. A swap that completed with the late result of another has the other's picture, label included.
 */
export async function pictureSourceOf(
  store: Pick<SwapStore, 'get'>,
  swap: EndedSwap,
  index: number,
): Promise<Pick<FetchOptions, 'labeledAt' | 'prior'>> {
  const found = swap.recoveredFrom === undefined ? undefined : await store.get(swap.recoveredFrom);
  if (!found || !isEnded(found) || found.client !== swap.client) return { labeledAt: swap.completedAt };
  const named = namedResultOf(found);
  const file = found.archive?.files[index];
  const url = named?.output[index];
  const prior =
    named && file && url !== undefined
      ? { key: archiveKey(named.files.token, fileName(index, url)), file }
      : undefined;
  return { labeledAt: found.completedAt, prior };
}
