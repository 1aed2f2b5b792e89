import { type ArchiveStore, namedResultOf } from '../swap/archive.js';
import type { FileFacts, FileReader, MissingFile, ReadableFile, SelectPart } from '../swap/file-reader.js';
import type { FileUrls } from '../swap/file-urls.js';
import { archiveKey, fileName } from '../swap/files.js';
import { fileClaim, fileClient } from '../swap/lifecycle/result-files.js';
import type { SwapIndex, SwapLog, SwapStore } from '../swap/ports.js';
import { type EndedSwap, isEnded } from '../swap/swap.js';
import type { PictureFetcher } from './picture-fetcher.js';
import { pictureSourceOf } from './picture-source.js';

interface FileReaderDeps {
  store: Pick<SwapStore, 'get'>;
  swapIndex: Pick<SwapIndex, 'holder'>;
  archive: ArchiveStore;
  fetcher: Pick<PictureFetcher, 'fetch'>;
  urls: Pick<FileUrls, 'readTokens'>;
  log: SwapLog;
}

export function createFileReader(deps: FileReaderDeps): FileReader {
  const { store, swapIndex, archive, fetcher, urls, log } = deps;

  const find: FileReader['find'] = async (secret, name) => {
    for (const token of urls.readTokens(secret)) {
      const holder = await swapIndex.holder(fileClient, fileClaim(token));
      const swap = holder && (await store.get(holder.swapId));
      const named = swap && isEnded(swap) ? namedResultOf(swap) : undefined;
      if (!swap || !isEnded(swap) || named?.files.token !== token) continue;
      const index = named.output.findIndex((url, n) => fileName(n, url) === name);
      return index < 0 ? undefined : { swap, index };
    }
    return undefined;
  };

  const read: FileReader['read'] = async (swap, index, select, signal) => {
    const named = namedResultOf(swap);
    const sourceUrl = named?.output[index];
    if (!named || sourceUrl === undefined) return { kind: 'gone', reason: 'no such picture' };
    try {
      const stored = swap.archive?.files[index];
      if (stored) {
        const key = archiveKey(named.files.token, fileName(index, sourceUrl));
        const facts = { ...factsOf(stored), directUrl: await archive.directUrl?.(key) };
        const part = select(facts);
        const body = part === 'nothing' ? undefined : await archive.open(key, part, stored.bytes);
        if (body || part === 'nothing') return { kind: 'file', ...facts, body };
        log.error({ swap: swap.id }, 'a file is missing from the archive, or damaged');
      }
      return await readSource(swap, index, sourceUrl, select, signal);
    } catch (error) {
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  };

  async function readSource(
    swap: EndedSwap,
    index: number,
    sourceUrl: string,
    select: SelectPart,
    signal: AbortSignal,
  ): Promise<ReadableFile | MissingFile> {
    const source = await pictureSourceOf(store, swap, index);
    const picture = await fetcher.fetch(sourceUrl, { ...source, acceptsPartial: true, signal });
    if (picture.kind !== 'picture')
      return { kind: picture.kind === 'failed' ? 'failed' : 'gone', reason: picture.reason };
    try {
      const facts = { ...factsOf(picture), directUrl: undefined };
      const part = select(facts);
      const body = part === 'nothing' ? undefined : await picture.open(part);
      return { kind: 'file', ...facts, body };
    } finally {
      await picture.dispose();
    }
  }

  return { find, read };
}

const factsOf = ({ contentType, bytes, sha256 }: Omit<FileFacts, 'directUrl'>) => ({
  contentType,
  bytes,
  sha256,
});
