import { createHash } from 'node:crypto';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLabeler, createPictureLabeler } from '../../src/app/labeler.js';
import { readConfig } from '../../src/config/config.js';
import { compositeWithAi } from '../../src/provenance/label.js';
import { readProvenance } from '../../src/provenance/read-provenance.js';
import { insertPart, pngChunk } from '../../testing/generated-pictures.js';
import { pictureFile } from '../../testing/picture-file.js';
import { plainPicture } from '../../testing/pictures.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

/** The time that labels state. */
const at = Date.UTC(2026, 10, 28, 12);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function store(bytes: Buffer) {
  const path = join(temporaryFolder(), 'picture');
  writeFileSync(path, bytes);
  return {
    picture: { path, contentType: '', bytes: bytes.length, sha256: sha256(bytes) },
    target: `${path}.labeled`,
  };
}

function openLabeler() {
  const labeler = createLabeler(readConfig({}));
  if (!labeler) throw new Error('labels are off by default');
  return createPictureLabeler(labeler);
}

test('a file is labeled in a copy, whose size and hash are reported', async () => {
  const { picture, target } = store(await plainPicture(300, 200, 'jpeg'));
  const labeled = await openLabeler().labelFile(picture, target, at);
  const bytes = readFileSync(target);
  expect(labeled).toEqual({
    bytes: bytes.length,
    sha256: sha256(bytes),
    label: { state: 'LABELED', digitalSourceType: compositeWithAi },
  });
  expect(await readProvenance(pictureFile(bytes))).toMatchObject({
    state: 'LABELED',
    system: 'Face Swap Gateway',
  });
  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(sha256(readFileSync(picture.path))).toBe(picture.sha256);
});

test.each([
  ['PRESERVED', async () => insertPart(await plainPicture(3, 3), pngChunk('caBX', 'jumb c2pa'))],
  ['UNSUPPORTED', () => plainPicture(3, 3, 'gif')],
  ['UNREADABLE', async () => (await plainPicture(30, 30, 'webp')).subarray(0, 40)],
])('a file that is %s stays as it is', async (state, make) => {
  const { picture, target } = store(await make());
  const facts = { bytes: picture.bytes, sha256: picture.sha256 };
  expect(await openLabeler().labelFile(picture, target, at)).toEqual({ ...facts, label: { state } });
  expect(sha256(readFileSync(target))).toBe(picture.sha256);
});

test('an existing target is an error, and a file that has become shorter is unreadable', async () => {
  const { picture, target } = store(await plainPicture(3, 3));
  writeFileSync(target, 'there already');
  await expect(openLabeler().labelFile(picture, target, at)).rejects.toThrow('EEXIST');
  const other = store(await plainPicture(3, 3, 'jpeg'));
  truncateSync(other.picture.path, 10);
  expect(await openLabeler().labelFile(other.picture, other.target, at)).toMatchObject({
    label: { state: 'UNREADABLE' },
  });
});

test('PROVENANCE=off labels nothing', () => {
  expect(createLabeler(readConfig({ PROVENANCE: 'off' }))).toBeUndefined();
});

test('a picture in memory becomes what the same picture on the disk becomes', async () => {
  for (const make of [
    () => plainPicture(300, 200, 'jpeg'),
    () => plainPicture(30, 20, 'webp'),
    () => plainPicture(3, 3, 'gif'),
    async () => (await plainPicture(30, 30)).subarray(0, 40),
  ]) {
    const bytes = await make();
    const { picture, target } = store(bytes);
    const onDisk = await openLabeler().labelFile(picture, target, at);
    for (const size of [1, 7, 1000, bytes.length]) {
      const given = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      const { parts, ...facts } = await openLabeler().labelParts(given, at);
      expect(facts).toEqual(onDisk);
      expect(Buffer.concat(parts).equals(readFileSync(target))).toBe(true);
    }
  }
});
