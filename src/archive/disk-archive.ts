import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArchiveStore, StoredFile } from '../swap/archive.js';
import { readArchiveKey } from '../swap/files.js';

/** Folders by the first two digits of the token, so that none gets too large. */
const shardForm = /^[0-9a-f]{2}$/;

/**
 * An archive in a folder of the local disk: `results/4f/4f…-0.jpg`. Files and folders are readable only by this user. A file that
 * is put must be on the same disk; it is moved.
 */
export function createDiskArchive(folder: string): ArchiveStore {
  const shardOf = (key: string): string => join(folder, key.slice(0, 2));
  const pathOf = (key: string): string => {
    const parts = readArchiveKey(key);
    // Keys never come from a request unparsed; this makes sure that no path outside of the folder can be reached.
    if (!parts) throw new Error('not a key of the archive');
    return join(shardOf(key), `${parts.token}-${parts.name}`);
  };

  /** Open folders, to sync them without opening them again. */
  const shards = new Map<string, FileHandle>();

  async function syncShard(shard: string): Promise<void> {
    try {
      const handle = shards.get(shard) ?? (await open(shard, constants.O_RDONLY));
      const known = shards.get(shard);
      if (known !== undefined && known !== handle) await handle.close();
      shards.set(shard, known ?? handle);
      await (known ?? handle).sync();
    } catch {
      // Some systems cannot open or sync a directory; there is nothing more to do.
    }
  }

  async function createShard(shard: string): Promise<void> {
    await shards.get(shard)?.close();
    shards.delete(shard);
    await mkdir(shard, { recursive: true, mode: 0o700 });
    for (const parent of [folder, dirname(folder)]) await syncFolder(parent);
  }

  return {
    async put(key, file) {
      const path = pathOf(key);
      const shard = shardOf(key);
      try {
        await rename(file.path, path);
      } catch (error) {
        if (!isMissing(error)) throw error;
        await createShard(shard);
        await rename(file.path, path);
      }
      // A rename survives a power cut only once the folder is synced.
      await syncShard(shard);
      return true;
    },
    async open(key, range, bytes) {
      let handle: FileHandle;
      try {
        handle = await open(pathOf(key), constants.O_RDONLY);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      if (bytes !== undefined && (await handle.stat()).size !== bytes) {
        await handle.close();
        return undefined;
      }
      return handle.createReadStream({ ...range, autoClose: true });
    },
    async delete(key) {
      await rm(pathOf(key), { force: true });
    },
    async *list(): AsyncGenerator<StoredFile> {
      for (const shard of await namesIn(folder)) {
        if (!shardForm.test(shard)) continue;
        for (const file of await namesIn(join(folder, shard))) {
          const key = file.replace('-', '/');
          if (!readArchiveKey(key) || !key.startsWith(shard)) continue;
          const bytes = await sizeOf(pathOf(key));
          if (bytes !== undefined) yield { key, bytes };
        }
      }
    },
    async close() {
      const open = [...shards.values()];
      shards.clear();
      await Promise.all(open.map((handle) => handle.close()));
    },
  };
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code));

/** @throws errors of the file system, except that there is no such file */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY);
    await handle.sync();
  } catch {
    // Some systems cannot open or sync a directory; there is nothing more to do.
  } finally {
    await handle?.close();
  }
}
