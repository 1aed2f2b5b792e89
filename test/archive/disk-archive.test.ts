import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDiskArchive } from '../../src/archive/disk-archive.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { describeArchiveStore } from './archive-store.contract.js';

describeArchiveStore('a folder', async () => {
  const folder = temporaryFolder();
  return { archive: createDiskArchive(join(folder, 'results')), folder };
});

test('no key reaches a file outside of the folder', async () => {
  const folder = temporaryFolder();
  const archive = createDiskArchive(join(folder, 'results'));
  writeFileSync(join(folder, 'secret.jpg'), 'secret');
  for (const key of ['../secret.jpg', `${'0'.repeat(32)}/../../../../secret.jpg`, '/etc/passwd', ''])
    await expect(archive.open(key)).rejects.toThrow('not a key');
});

test('other users of the machine can read neither files nor folders', async () => {
  const folder = temporaryFolder();
  const archive = createDiskArchive(join(folder, 'results'));
  const path = join(folder, 'file');
  writeFileSync(path, 'x', { mode: 0o600 });
  const token = 'ab'.repeat(16);
  const file = { path, contentType: 'image/jpeg', bytes: 1, sha256: '' };
  await archive.put(`${token}/0.jpg`, file, new AbortController().signal);
  const modes = readdirSync(join(folder, 'results'), { recursive: true, encoding: 'utf8' }).map(
    (name) => statSync(join(folder, 'results', name)).mode & 0o077,
  );
  expect(modes).toEqual([0, 0]);
});
