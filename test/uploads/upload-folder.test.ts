import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createUploadFolder } from '../../src/uploads/upload-folder.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

async function startWithPicture() {
  const path = temporaryFolder();
  const folder = createUploadFolder(path);
  const record = { client: 'ada', createdAt: Date.UTC(2026, 0, 1) };
  writeFileSync(join(path, 'new.jpg'), 'a picture');
  const id = await folder.adopt(join(path, 'new.jpg'), record);
  const file = join(path, `${id}.json`);
  return { folder, record, id, file, list: () => folder.list(record.createdAt + 48 * 3_600_000) };
}

test('a stored record has a version, which is not part of the record read', async () => {
  const { folder, record, id, file } = await startWithPicture();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: 1, ...record });
  expect(await folder.record(id)).toEqual(record);
});

test('a record of an earlier release, without a version, is readable', async () => {
  const { folder, record, id, file, list } = await startWithPicture();
  writeFileSync(file, JSON.stringify(record));
  expect(await folder.record(id)).toEqual(record);
  expect(await list()).toEqual([{ id, record }]);
});

test.each([
  ['a newer version', { version: 2 }],
  ['no owner', { client: undefined }],
])('a record with %s is ignored and kept', async (_, change) => {
  const { folder, record, id, file, list } = await startWithPicture();
  writeFileSync(file, JSON.stringify({ ...record, ...change }));
  expect(await folder.record(id)).toBeUndefined();
  expect(await list()).toEqual([]);
  writeFileSync(file, JSON.stringify(record));
  expect(await list()).toEqual([{ id, record }]);
});
