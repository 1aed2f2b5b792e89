import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyEdits, editedSize } from '../../src/provenance/apply-edits.js';
import type { Edit } from '../../src/swap/labeler.js';
import { edited } from '../../testing/picture-file.js';

/** Edits of a file, in order and without overlaps. */
const edits = (size: number): fc.Arbitrary<Edit[]> =>
  fc
    .array(
      fc.record({
        gap: fc.integer({ min: 1, max: 9 }),
        remove: fc.nat(9),
        insert: fc.uint8Array({ maxLength: 9 }),
      }),
    )
    .map((steps) => {
      let offset = -1;
      return steps
        .map(({ gap, remove, insert }) => {
          const edit = { offset: offset + gap, remove, insert };
          offset = edit.offset + remove;
          return edit;
        })
        .filter((edit) => edit.offset + edit.remove <= size);
    });

test('edits have the same effect however the file is cut into chunks', async () => {
  const given = fc
    .uint8Array({ maxLength: 200 })
    .chain((bytes) => fc.tuple(fc.constant(bytes), edits(bytes.length), fc.integer({ min: 1, max: 50 })));
  const property = fc.asyncProperty(given, async ([bytes, planned, chunkBytes]) => {
    const expected = planned.toReversed().reduce((file, { offset, remove, insert }) => {
      return Buffer.concat([file.subarray(0, offset), insert, file.subarray(offset + remove)]);
    }, Buffer.from(bytes));
    const found = await edited(bytes, planned, chunkBytes);
    expect(found).toEqual(expected);
    expect(found.length).toBe(editedSize(bytes.length, planned));
  });
  await fc.assert(property, { numRuns: 2000 });
});

test.each([
  ['to insert', [{ offset: 11, remove: 0, insert: new Uint8Array(1) }]],
  ['to remove', [{ offset: 8, remove: 3, insert: new Uint8Array() }]],
])('a file that ends before the place %s is an error, not a damaged picture', async (_what, planned) => {
  await expect(edited(new Uint8Array(10), planned)).rejects.toThrow(RangeError);
});

test('an error of the source passes through', async () => {
  const source = async function* () {
    yield new Uint8Array(3);
    throw new Error('connection lost');
  };
  const parts = applyEdits(source(), []);
  await parts.next();
  await expect(parts.next()).rejects.toThrow('connection lost');
});
