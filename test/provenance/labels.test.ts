import exifr from 'exifr';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { editedSize } from '../../src/provenance/apply-edits.js';
import { compositeWithAi } from '../../src/provenance/label.js';
import { readProvenance } from '../../src/provenance/read-provenance.js';
import { createXmpLabeler } from '../../src/provenance/xmp-labeler.js';
import { generatePicture, pictureKinds } from '../../testing/generated-pictures.js';
import { edited, pictureFile } from '../../testing/picture-file.js';

const labeler = createXmpLabeler({ system: { name: 'Face Swap Gateway', version: '9.8.7' } });
/** The time that labels state. */
const at = Date.UTC(2026, 10, 28, 12);

/** Every pixel of every frame as decoded, or that it cannot be decoded. */
async function decode(bytes: Buffer): Promise<string> {
  try {
    const { data, info } = await sharp(bytes, { failOn: 'none', animated: true })
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    return `${info.width}x${info.height}x${info.channels} ${data.toString('base64')}`;
  } catch {
    return 'undecodable';
  }
}

describe('of 1,000 generated pictures of all kinds', async () => {
  const runs = 1000;
  const states = new Map<string, number>();
  const decodable = new Set<string>();

  test('the decoded pixels are the same after labeling, and an independent reader finds the label', {
    timeout: 300_000,
  }, async () => {
    for (let seed = 0; seed < runs; seed += 1) {
      const { kind, bytes } = await generatePicture(seed);
      const what = `${kind} (seed ${seed})`;
      const { state, edits } = await labeler.plan(pictureFile(bytes), at);
      const labeled = await edited(bytes, edits, 1 + (seed % 97));
      states.set(state, (states.get(state) ?? 0) + 1);
      expect(labeled.length, what).toBe(editedSize(bytes.length, edits));
      const [before, after] = [await decode(bytes), await decode(labeled)];
      expect(after === before, `pixels of ${what}`).toBe(true);
      if (before !== 'undecodable') decodable.add(kind);
      if (state !== 'LABELED') {
        expect(state, what).toBe('UNREADABLE');
        expect(before, `${what} stays without a label`).toBe('undecodable');
        expect(kind).toContain('truncated');
        expect(edits, what).toEqual([]);
        continue;
      }
      expect(await readProvenance(pictureFile(labeled)), what).toMatchObject({
        state: 'LABELED',
        digitalSourceType: compositeWithAi,
        system: 'Face Swap Gateway',
        systemVersion: '9.8.7',
        time: '2026-11-28T12:00:00Z',
      });
      if (before !== 'undecodable' && !kind.includes('truncated'))
        expect((await sharp(labeled).metadata()).xmp?.toString(), what).toContain(compositeWithAi);
      // exifr gives up on a file that does not end where it should, and knows no WebP.
      if (!/truncated|trailing|WebP/.test(kind))
        expect((await exifr.parse(labeled, { xmp: true })).DigitalSourceType, what).toBe(compositeWithAi);
      const again = await labeler.plan(pictureFile(labeled), at);
      expect(await edited(labeled, again.edits), `labeling ${what} again`).toEqual(labeled);
    }
  });

  test('all kinds were among them, and few were too damaged', () => {
    const kinds = new Set([...decodable].map((kind) => kind.split(', ')[0]));
    expect([...kinds].sort()).toEqual([...pictureKinds].sort());
    expect(states.get('LABELED') ?? 0).toBeGreaterThan(runs * 0.75);
  });
});

test('a picture without XMP gets the time at which it is labeled', async () => {
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#345' } })
    .jpeg()
    .toBuffer();
  for (const time of ['1970-01-01T00:00:00Z', '2026-11-28T12:00:00Z', '9999-12-31T23:59:59Z']) {
    const { edits } = await labeler.plan(pictureFile(bytes), Date.parse(time));
    const found = await readProvenance(pictureFile(await edited(bytes, edits)));
    expect(found).toMatchObject({ digitalSourceType: compositeWithAi, system: 'Face Swap Gateway', time });
  }
});
