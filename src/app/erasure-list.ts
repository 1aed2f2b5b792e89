import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { tombstoneMs } from '../swap/erasure.js';

export const listName = 'erasures.jsonl';

/**
 * The ids of erased swaps, in a file next to the database. A backup of the database that is restored does not know of later
 * erasures; this file does, unless it is lost as well.
 */
export interface ErasureList {
  /** Resolves once it is on disk. */
  record(swapId: string, requestedAt: number): Promise<void>;
  /** Entries that are younger than a tombstone may be, oldest first. Drops older ones from the file. */
  read(): Promise<{ swapId: string; requestedAt: number }[]>;
}

const line = z.object({ swapId: z.string(), requestedAt: z.number() });

export function createErasureList(dataDir: string, now: () => number): ErasureList {
  const path = join(dataDir, listName);
  let writing: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = writing.then(work);
    writing = next.catch(() => undefined);
    return next;
  };

  async function write(file: string, flags: 'a' | 'w', text: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, flags, 0o600);
    try {
      await handle.appendFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  return {
    record: (swapId, requestedAt) =>
      // A line of its own, even if a crash cut off the one before.
      inTurn(() => write(path, 'a', `\n${JSON.stringify({ swapId, requestedAt })}\n`)),
    read: () =>
      inTurn(async () => {
        const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return '';
          throw error;
        });
        const lines = text.split('\n').filter((each) => each !== '');
        const entries = lines.flatMap((each) => parse(each) ?? []);
        const kept = entries.filter(({ requestedAt }) => requestedAt + tombstoneMs > now());
        if (kept.length < lines.length) {
          await write(`${path}.new`, 'w', kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
          await rename(`${path}.new`, path);
        }
        return kept;
      }),
  };
}

function parse(text: string): z.output<typeof line> | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
