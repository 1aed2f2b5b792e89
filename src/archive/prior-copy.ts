import { namedResultOf } from '../swap/archive.js';
import { archiveKey, fileName } from '../swap/files.js';
import type { SwapStore } from '../swap/ports.js';
import { type EndedSwap, isEnded } from '../swap/swap.js';
import type { PriorCopy } from './picture-fetcher.js';

/** For a swap that completed with the late result of another: the other's copy of the same picture, if there is one. */
export async function priorCopyOf(
  store: Pick<SwapStore, 'get'>,
  swap: EndedSwap,
  index: number,
): Promise<PriorCopy | undefined> {
  if (swap.recoveredFrom === undefined) return undefined;
  const origin = await store.get(swap.recoveredFrom);
  const named =
    origin && isEnded(origin) && origin.client === swap.client ? namedResultOf(origin) : undefined;
  const file = origin && isEnded(origin) ? origin.archive?.files[index] : undefined;
  const url = named?.output[index];
  if (!named || !file || url === undefined) return undefined;
  return { key: archiveKey(named.files.token, fileName(index, url)), file };
}
