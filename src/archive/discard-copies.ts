import type { ArchiveStore } from '../swap/archive.js';
import { archiveKey, type FileNames, fileName } from '../swap/files.js';

/** Deletes the copies of a result. No effect if there are none. */
export async function discardCopies(
  archive: Pick<ArchiveStore, 'delete'>,
  { files, output }: { files: FileNames; output: readonly string[] },
): Promise<void> {
  for (const [index, url] of output.entries())
    await archive.delete(archiveKey(files.token, fileName(index, url)));
}
