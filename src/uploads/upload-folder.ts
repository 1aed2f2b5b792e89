import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Metadata of a stored picture. */
export interface UploadRecord {
  client: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** Stores pictures as files, each with a record next to it. Created on first use, readable only by this user. */
export interface UploadFolder {
  /** Moves a file from the same disk here. @returns the picture's id: 128 random bits */
  adopt(path: string, record: UploadRecord): Promise<string>;
  /** Undefined without a record that this gateway can read; one of a newer version is unreadable. */
  record(id: string): Promise<UploadRecord | undefined>;
  /** The picture's file, relative to the folder; undefined for an invalid id. It may be deleted before it is opened. */
  fileOf(id: string): string | undefined;
  remove(id: string): Promise<void>;
  /** All stored pictures with a readable record. Removes incomplete ones that a crash left more than a day ago. */
  list(now: number): Promise<{ id: string; record: UploadRecord }[]>;
}

/** Version of newly written records. A record without a version has version 1. */
const recordVersion = 1;
const storedRecord = z
  .object({
    version: z.int().min(1).max(recordVersion).default(1),
    client: z.string(),
    createdAt: z.number(),
  })
  .transform(({ version: _, ...record }): UploadRecord => record);

const idForm = /^[0-9a-f]{32}$/;
const dayMs = 24 * 60 * 60 * 1000;

export function createUploadFolder(folder: string): UploadFolder {
  const pathOf = (id: string, ending: 'jpg' | 'json'): string => join(folder, `${id}.${ending}`);

  const readRecord = async (id: string): Promise<UploadRecord | undefined> => {
    const text = await orUndefined(readFile(pathOf(id, 'json'), 'utf8'));
    return text === undefined ? undefined : storedRecord.safeParse(JSON.parse(text)).data;
  };
  const remove = async (id: string): Promise<void> => {
    await rm(pathOf(id, 'jpg'), { force: true });
    await rm(pathOf(id, 'json'), { force: true });
  };

  return {
    async adopt(path, record) {
      const id = randomBytes(16).toString('hex');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rename(path, pathOf(id, 'jpg'));
      // The record is written last and atomically: a picture without one is not served.
      const text = JSON.stringify({ version: recordVersion, ...record });
      await writeFile(`${pathOf(id, 'json')}.new`, text, { mode: 0o600 });
      await rename(`${pathOf(id, 'json')}.new`, pathOf(id, 'json'));
      return id;
    },
    record: async (id) => (idForm.test(id) ? readRecord(id) : undefined),
    fileOf: (id) => (idForm.test(id) ? `${id}.jpg` : undefined),
    remove,
    async list(now) {
      const names = (await orUndefined(readdir(folder))) ?? [];
      const whole = new Set(names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5)));
      const stored: { id: string; record: UploadRecord }[] = [];
      for (const id of whole) {
        const record = await readRecord(id);
        if (record) stored.push({ id, record });
      }
      for (const name of names.filter((candidate) => !whole.has(candidate.split('.')[0] ?? ''))) {
        const file = await orUndefined(stat(join(folder, name)));
        if (file && now - file.mtimeMs > dayMs) await rm(join(folder, name), { force: true });
      }
      return stored;
    },
  };
}

/** @throws file system errors, except "no such file" */
async function orUndefined<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
