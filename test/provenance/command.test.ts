import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createXmpLabeler } from '../../src/provenance/xmp-labeler.js';
import { foreignXmp, insertPart, jpegSegment } from '../../testing/generated-pictures.js';
import { edited, pictureFile } from '../../testing/picture-file.js';
import { plainPicture } from '../../testing/pictures.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const script = join(import.meta.dirname, '../../scripts/provenance.ts');

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const failed = (error: { code: number; stdout: string; stderr: string }) => error;
  const done = await promisify(execFile)(process.execPath, [script, ...args]).catch(failed);
  return { code: 0, ...done };
}

async function labeledPicture(): Promise<string> {
  const path = join(temporaryFolder(), 'labeled.jpg');
  const bytes = await plainPicture(4, 4, 'jpeg');
  const labeler = createXmpLabeler({ system: { name: 'Face Swap Gateway', version: '1.2.3' } });
  const { edits } = await labeler.plan(pictureFile(bytes), 0);
  writeFileSync(path, await edited(bytes, edits));
  return path;
}

test('the command prints what a picture says, for people', async () => {
  const path = await labeledPicture();
  expect(await run(path)).toEqual({
    code: 0,
    stderr: '',
    stdout: `${path}: LABELED, states its digital source type in XMP
  format: jpeg
  digital source type: http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia
  system: Face Swap Gateway 1.2.3
  time: 1970-01-01T00:00:00Z
`,
  });
});

test('the command prints what pictures say, for programs, and exits with 2 if one says nothing', async () => {
  const labeled = await labeledPicture();
  const plain = join(temporaryFolder(), 'plain.png');
  writeFileSync(plain, await plainPicture(4, 4));
  const { code, stdout } = await run(labeled, plain, '--json');
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({ file: labeled, state: 'LABELED', format: 'jpeg', systemVersion: '1.2.3' }),
    { file: plain, state: 'NONE', format: 'png' },
  ]);
});

test('control characters of a hostile label do not reach the terminal', async () => {
  const path = join(temporaryFolder(), 'hostile.jpg');
  const packet = foreignXmp.replace('digitalCapture', 'x&#x9b;31m');
  const segment = jpegSegment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${packet}`));
  writeFileSync(path, insertPart(await plainPicture(4, 4, 'jpeg'), segment));
  expect((await run(path)).stdout).toContain('x\uFFFD31m');
});

test('a file that cannot be opened is named, with exit code 1', async () => {
  const { code, stderr } = await run('no-such-file.jpg');
  expect(code).toBe(1);
  expect(stderr).toContain('no-such-file.jpg: ENOENT');
});
