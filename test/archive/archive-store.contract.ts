import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { ArchiveStore, LocalFile } from '../../src/swap/archive.js';

const newKey = (name = '0.jpg'): string => `${randomBytes(16).toString('hex')}/${name}`;
const never = new AbortController().signal;

export interface OpenArchive {
  archive: ArchiveStore;
  /** A folder on the archive's disk for the files to put. */
  folder: string;
}

/** What every ArchiveStore must do. @param open returns a new, empty archive, and closes it after the test */
export function describeArchiveStore(name: string, open: () => Promise<OpenArchive>): void {
  const fileOf = (folder: string, content: Buffer): LocalFile => {
    const path = join(folder, randomBytes(8).toString('hex'));
    writeFileSync(path, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { path, contentType: 'image/jpeg', bytes: content.length, sha256 };
  };
  const read = async (archive: ArchiveStore, key: string, range?: { start: number; end: number }) => {
    const stream = await archive.open(key, range);
    return stream && buffer(stream);
  };
  const listed = async (archive: ArchiveStore) => {
    const files = [];
    for await (const file of archive.list()) files.push(file);
    return files.sort((a, b) => (a.key < b.key ? -1 : 1));
  };

  describe(`${name} as an ArchiveStore`, () => {
    test('returns the bytes that were put, whole and in ranges', async () => {
      const { archive, folder } = await open();
      const content = randomBytes(300_000);
      const key = newKey();
      await archive.put(key, fileOf(folder, content), never);
      expect((await read(archive, key))?.equals(content)).toBe(true);
      for (const [start, end] of [
        [0, 1],
        [0, 99_999],
        [150_000, 299_999],
        [299_999, 299_999],
      ] as const)
        expect((await read(archive, key, { start, end }))?.equals(content.subarray(start, end + 1))).toBe(
          true,
        );
    });

    test('has nothing under a key that was never put, in an empty archive too', async () => {
      const { archive, folder } = await open();
      expect(await read(archive, newKey())).toBeUndefined();
      expect(await listed(archive)).toEqual([]);
      const key = newKey();
      await archive.put(key, fileOf(folder, Buffer.from('x')), never);
      expect(await read(archive, key.replace('0.jpg', '1.jpg'))).toBeUndefined();
    });

    test('a file of another size than it was put with counts as missing, whole and in ranges', async () => {
      const { archive, folder } = await open();
      const key = newKey();
      await archive.put(key, fileOf(folder, Buffer.from('only a part')), never);
      expect(await archive.open(key, undefined, 12)).toBeUndefined();
      for (const [start, end] of [
        [0, 3],
        [4, 11],
        [11, 11],
      ] as const)
        expect(await archive.open(key, { start, end }, 12)).toBeUndefined();
      const [whole, part] = [
        await archive.open(key, undefined, 11),
        await archive.open(key, { start: 0, end: 3 }, 11),
      ];
      expect([whole && (await text(whole)), part && (await text(part))]).toEqual(['only a part', 'only']);
    });

    test('an emptied file counts as missing', async () => {
      const { archive, folder } = await open();
      const key = newKey();
      await archive.put(key, fileOf(folder, Buffer.alloc(0)), never);
      expect(await archive.open(key, undefined, 12)).toBeUndefined();
      expect(await archive.open(key, { start: 0, end: 3 }, 12)).toBeUndefined();
    });

    test('replaces a file that is put again', async () => {
      const { archive, folder } = await open();
      const key = newKey();
      await archive.put(key, fileOf(folder, Buffer.from('first')), never);
      await archive.put(key, fileOf(folder, Buffer.from('the second')), never);
      expect(String(await read(archive, key))).toBe('the second');
      expect(await listed(archive)).toEqual([{ key, bytes: 10 }]);
    });

    test('lists every file once with its size, however many there are', async () => {
      const { archive, folder } = await open();
      const keys = Array.from({ length: 30 }, (_, n) => newKey(`${n % 3}.png`)).sort();
      await Promise.all(keys.map((key, n) => archive.put(key, fileOf(folder, Buffer.alloc(n + 1)), never)));
      expect(await listed(archive)).toEqual(keys.map((key) => ({ key, bytes: expect.any(Number) })));
      const sizes = (await listed(archive)).map(({ bytes }) => bytes).sort((a, b) => a - b);
      expect(sizes).toEqual(keys.map((_, n) => n + 1));
    });

    test('deletes a file for good, and a missing one without an error', async () => {
      const { archive, folder } = await open();
      const key = newKey();
      const other = key.replace('0.jpg', '1.jpg');
      await archive.put(key, fileOf(folder, Buffer.from('x')), never);
      await archive.put(other, fileOf(folder, Buffer.from('y')), never);
      await archive.delete(key);
      await archive.delete(key);
      await archive.delete(newKey());
      expect(await read(archive, key)).toBeUndefined();
      expect(await listed(archive)).toEqual([{ key: other, bytes: 1 }]);
      await archive.delete(other);
      await archive.put(key, fileOf(folder, Buffer.from('again')), never);
      expect(String(await read(archive, key))).toBe('again');
    });

    test('puts and deletions next to each other do not disturb each other', async () => {
      const { archive, folder } = await open();
      const token = randomBytes(16).toString('hex');
      await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const key = `${token}/${n}.jpg`;
          await archive.put(key, fileOf(folder, Buffer.from([n])), never);
          await archive.delete(key);
        }),
      );
      expect(await listed(archive)).toEqual([]);
    });
  });
}
