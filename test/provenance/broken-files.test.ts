import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits, editedSize } from '../../src/provenance/apply-edits.js';
import { readProvenance } from '../../src/provenance/read-provenance.js';
import { createXmpLabeler } from '../../src/provenance/xmp-labeler.js';
import type { PictureFile } from '../../src/swap/labeler.js';
import {
  foreignXmp,
  generatePicture,
  insertPart,
  jpegSegment,
  pngChunk,
  webpChunk,
} from '../../testing/generated-pictures.js';
import { edited, pictureFile } from '../../testing/picture-file.js';
import { plainPicture } from '../../testing/pictures.js';

const labeler = createXmpLabeler({ system: { name: 'Gateway', version: '1' } });
/** The time that labels state. */
const at = Date.UTC(2026, 10, 28, 12);
/** More than a label with a packet of another program takes. */
const maxGrowth = 8192;

const signatures = [
  Buffer.from([0xff, 0xd8, 0xff]),
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  Buffer.from('RIFF\x40\0\0\0WEBP', 'latin1'),
];

async function expectSound(bytes: Buffer): Promise<void> {
  const { state, edits } = await labeler.plan(pictureFile(bytes), at);
  expect(['LABELED', 'PRESERVED', 'UNSUPPORTED', 'UNREADABLE']).toContain(state);
  if (state !== 'LABELED') expect(edits).toEqual([]);
  expect(editedSize(bytes.length, edits)).toBeLessThan(bytes.length + maxGrowth);
  const labeled = await edited(bytes, edits);
  expect(labeled.length).toBe(editedSize(bytes.length, edits));
  if (state === 'LABELED') expect((await readProvenance(pictureFile(labeled))).state).toBe('LABELED');
}

describe('a broken file never throws, grows by little, and what is called labeled can be read', () => {
  test('random bytes behind a signature', async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...signatures),
      fc.uint8Array({ maxLength: 300 }),
      async (signature, rest) => expectSound(Buffer.concat([signature, rest])),
    );
    await fc.assert(property, { numRuns: 3000 });
  });

  test('pictures with bytes changed, removed and inserted', { timeout: 120_000 }, async () => {
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat(9),
      insert: fc.uint8Array({ maxLength: 9 }),
      near: fc.boolean(),
    });
    const pictures = await Promise.all(
      Array.from({ length: 170 }, (_, seed) => generatePicture(seed).then(({ bytes }) => bytes)),
    );
    const property = fc.asyncProperty(
      fc.nat(pictures.length - 1),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      async (picture, changes) => {
        let bytes = pictures[picture] ?? Buffer.alloc(0);
        for (const { at, remove, insert, near } of changes) {
          const offset = at % (Math.min(bytes.length, near ? 200 : bytes.length) + 1);
          bytes = Buffer.concat([bytes.subarray(0, offset), insert, bytes.subarray(offset + remove)]);
        }
        await expectSound(bytes);
      },
    );
    await fc.assert(property, { numRuns: 5000 });
  });

  test('every prefix of a picture with metadata', async () => {
    for (const seed of [4, 6, 11]) {
      const { bytes } = await generatePicture(seed);
      const whole = insertPart(bytes, parts(foreignXmp)[bytes[0] ?? 0] ?? Buffer.alloc(0));
      for (let length = 0; length < Math.min(whole.length, 2500); length += 1)
        await expectSound(whole.subarray(0, length));
    }
  });
});

const parts = (packet: string): Record<number, Buffer> => ({
  255: jpegSegment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${packet}`)),
  137: pngChunk('iTXt', Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${packet}`)),
  82: webpChunk('XMP ', Buffer.from(packet)),
});

describe('a file that is built to be slow', () => {
  const mb = 1024 * 1024;
  test.each([
    ['a JPEG of fill bytes', Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(30 * mb, 0xff)])],
    [
      'a JPEG of empty segments',
      Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(30 * mb, Buffer.from([0xff, 0xec, 0, 2]))]),
    ],
    [
      'a PNG of empty chunks',
      Buffer.concat([
        signatures[1] as Buffer,
        pngChunk('IHDR', Buffer.alloc(13)),
        Buffer.alloc(30 * mb, pngChunk('teSt', '')),
      ]),
    ],
    ['a WebP of empty chunks', riff(Buffer.alloc(30 * mb, webpChunk('ABCD', '')))],
  ])('is given up after a bounded number of parts: %s', async (_what, bytes) => {
    let reads = 0;
    const { read, size } = pictureFile(bytes);
    const file: PictureFile = {
      size,
      read: (offset, length) => {
        reads += 1;
        return read(offset, length);
      },
    };
    expect(await labeler.plan(file, at)).toEqual({ state: 'UNREADABLE', edits: [] });
    expect(reads).toBeLessThan(100);
  });

  function riff(chunks: Buffer): Buffer {
    const head = Buffer.from('RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1');
    head.writeUInt32LE(head.length + chunks.length - 8, 4);
    return Buffer.concat([head, chunks]);
  }
});

test('a large picture is labeled in one pass with few reads, and no large buffer', async () => {
  const small = await plainPicture(64, 64);
  const pixels = Buffer.alloc(8192, 7);
  const chunk = pngChunk('IDAT', pixels);
  const chunks = 3800;
  const head = small.subarray(0, small.indexOf('IDAT') - 4);
  const end = pngChunk('IEND', '');
  const size = head.length + chunks * chunk.length + end.length;
  let largest = 0;
  const file: PictureFile = {
    size,
    async read(offset, length) {
      largest = Math.max(largest, length);
      const bytes = Buffer.alloc(Math.min(length, size - offset));
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = byteAt(offset + at);
      return bytes;
    },
  };
  const byteAt = (at: number): number => {
    if (at < head.length) return head[at] ?? 0;
    const inBody = at - head.length;
    return inBody < chunks * chunk.length
      ? (chunk[inBody % chunk.length] ?? 0)
      : (end[inBody - chunks * chunk.length] ?? 0);
  };
  const { state, edits } = await labeler.plan(file, at);
  expect(state).toBe('LABELED');
  expect(largest).toBeLessThanOrEqual(64 * 1024);
  let received = 0;
  let longest = 0;
  const source = function* () {
    yield head;
    for (let sent = 0; sent < chunks; sent += 1) yield chunk;
    yield end;
  };
  for await (const part of applyEdits(source(), edits)) {
    received += part.byteLength;
    longest = Math.max(longest, part.byteLength);
  }
  expect(received).toBe(editedSize(size, edits));
  expect(longest).toBeLessThanOrEqual(chunk.length);
});

test('an error of the storage passes through', async () => {
  const file: PictureFile = { size: 100, read: () => Promise.reject(new Error('the disk failed')) };
  await expect(labeler.plan(file, at)).rejects.toThrow('the disk failed');
});
