import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import exifr from 'exifr';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { compositeWithAi } from '../../src/provenance/label.js';
import { readProvenance } from '../../src/provenance/read-provenance.js';
import { createXmpLabeler } from '../../src/provenance/xmp-labeler.js';
import {
  compressedXmpChunk,
  foreignXmp,
  insertPart,
  jpegSegment,
  pngChunk,
  webpChunk,
} from '../../testing/generated-pictures.js';
import { edited, pictureFile } from '../../testing/picture-file.js';
import { plainPicture } from '../../testing/pictures.js';

const labeler = createXmpLabeler({ system: { name: 'Face Swap Gateway', version: '9.8.7' } });
/** The time that labels state. */
const at = 0;
const formats = ['jpeg', 'png', 'webp'] as const;
const manifest =
  `....jumb....jumdc2pa....c2pa\0 "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", then ` +
  `"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia" and more`;
const c2paParts = {
  jpeg: jpegSegment(0xeb, `JP\0\x01\0\0\0\x01${manifest}`),
  png: pngChunk('caBX', manifest),
  webp: webpChunk('C2PA', manifest),
};
const xmpParts = {
  jpeg: (packet: string) => jpegSegment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${packet}`)),
  png: (packet: string) => pngChunk('iTXt', Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${packet}`)),
  webp: (packet: string) => webpChunk('XMP ', Buffer.from(packet)),
};

/** A part with XMP, with other bytes as its packet. */
function withPacket(format: (typeof formats)[number], part: Buffer, packet: Buffer): Buffer {
  const at = part.indexOf('PACKET');
  if (format === 'jpeg') return jpegSegment(0xe1, Buffer.concat([part.subarray(4, at), packet]));
  if (format === 'png') return pngChunk('iTXt', Buffer.concat([part.subarray(8, at), packet]));
  return webpChunk('XMP ', packet);
}

async function label(bytes: Buffer) {
  const plan = await labeler.plan(pictureFile(bytes), at);
  const labeled = await edited(bytes, plan.edits);
  return { ...plan, labeled, xmp: (await sharp(labeled).metadata()).xmp?.toString() ?? '' };
}

const occurrences = (bytes: Buffer | string, part: string): number =>
  bytes.toString('latin1').split(part).length - 1;

describe.each(formats)('a %s file', (format) => {
  const picture = () => plainPicture(9, 7, format);

  test('with C2PA data stays as it is, and its own statement is reported', async () => {
    const bytes = insertPart(await picture(), c2paParts[format]);
    expect(await labeler.plan(pictureFile(bytes), at)).toEqual({
      state: 'PRESERVED',
      digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
      edits: [],
    });
  });

  test('with C2PA data and XMP stays as it is', async () => {
    const bytes = insertPart(insertPart(await picture(), xmpParts[format](foreignXmp)), c2paParts[format]);
    expect(await labeler.plan(pictureFile(bytes), at)).toEqual({
      state: 'PRESERVED',
      digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture',
      edits: [],
    });
  });

  test('with a C2PA manifest stored elsewhere stays as it is', async () => {
    const packet = foreignXmp.replace(
      'xmp:CreatorTool',
      'xmlns:t="http://purl.org/dc/terms/" t:provenance="https://c.example/m" xmp:CreatorTool',
    );
    const bytes = insertPart(await picture(), xmpParts[format](packet));
    expect(await labeler.plan(pictureFile(bytes), at)).toMatchObject({ state: 'PRESERVED', edits: [] });
  });

  test("keeps the properties of another program's XMP, and replaces the one that contradicts the label", async () => {
    const bytes = insertPart(await picture(), xmpParts[format](foreignXmp));
    const { labeled, xmp } = await label(bytes);
    expect(xmp).toContain('<rdf:li>Hana &amp; Erik — 花</rdf:li>');
    expect(xmp).toContain('<rdf:li xml:lang="x-default">Two &lt;friends&gt;</rdf:li>');
    expect(xmp).toContain('xmp:CreatorTool="Brush 3"');
    expect(occurrences(xmp, 'DigitalSourceType>')).toBe(2);
    expect(occurrences(xmp, 'CreatorTool')).toBe(1);
    expect(occurrences(labeled, 'digitalCapture')).toBe(0);
    expect(occurrences(labeled, '<x:xmpmeta')).toBe(1);
    if (format !== 'webp')
      expect(await exifr.parse(labeled, { xmp: true })).toMatchObject({
        DigitalSourceType: compositeWithAi,
        CreatorTool: 'Brush 3',
      });
  });

  test.each([
    ['is no XML', 'not XML at all <'],
    ['has no RDF', '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'],
    [
      'declares a document type',
      `<!DOCTYPE x [<!ENTITY a "b">]>${foreignXmp.slice(foreignXmp.indexOf('<x:'))}`,
    ],
    ['is empty', ''],
    ['is nested without end', `${foreignXmp.slice(0, 200)}${'<a>'.repeat(9000)}`],
    [
      'nests deeply where the label goes',
      foreignXmp.replace(
        '<dc:creator>',
        `<e:AISystemUsed>${'<a>'.repeat(4900)}${'</a>'.repeat(4900)}</e:AISystemUsed><dc:creator>`,
      ),
    ],
    [
      'has more tags than any program writes',
      foreignXmp.replace('<dc:creator>', `${'<a/>'.repeat(12_000)}<dc:creator>`),
    ],
  ])('whose XMP %s gets a packet with the label alone', async (_what, packet) => {
    const { state, labeled, xmp } = await label(insertPart(await picture(), xmpParts[format](packet)));
    expect(state).toBe('LABELED');
    expect(xmp).toContain(compositeWithAi);
    expect(occurrences(labeled, '<x:xmpmeta')).toBe(1);
  });

  test.each([
    ['little-endian, with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['big-endian, without one', (text: string) => Buffer.from(text, 'utf16le').swap16()],
  ])('keeps the properties of XMP in UTF-16, %s', async (_what, encode) => {
    const part = xmpParts[format]('PACKET');
    const packet = encode(foreignXmp.slice(foreignXmp.indexOf('<x:xmpmeta')));
    const bytes = insertPart(await picture(), withPacket(format, part, packet));
    const { xmp } = await label(bytes);
    expect(xmp).toContain('Hana &amp; Erik — 花');
    expect(xmp).toContain(compositeWithAi);
  });

  test('with several XMP packets keeps one', async () => {
    const twice = insertPart(
      insertPart(await picture(), xmpParts[format](foreignXmp)),
      xmpParts[format](foreignXmp),
    );
    const { labeled } = await label(twice);
    expect(occurrences(labeled, '<x:xmpmeta')).toBe(1);
    expect(occurrences(labeled, compositeWithAi)).toBe(1);
  });

  test('names neither the swap nor its inputs, only source type, system and time', async () => {
    const { xmp } = await label(await picture());
    const values = [...xmp.matchAll(/>([^<>]+)</g)].map(([, value]) => value);
    expect(values.sort()).toEqual(
      [
        'Face Swap Gateway',
        'Face Swap Gateway 9.8.7',
        '9.8.7',
        '1970-01-01T00:00:00Z',
        '1970-01-01T00:00:00Z',
        compositeWithAi,
      ].sort(),
    );
  });

  test('grows by about a kilobyte', async () => {
    const bytes = await picture();
    const { labeled } = await label(bytes);
    expect(labeled.length - bytes.length).toBeLessThan(1200);
  });
});

describe('a JPEG file', () => {
  test('is labeled after JFIF and Exif, before everything else', async () => {
    const bytes = await sharp(await plainPicture(5, 5, 'jpeg'))
      .withExif({ IFD0: { Copyright: 'Ada' } })
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const { labeled } = await label(bytes);
    const at = (text: string) => labeled.indexOf(Buffer.from(text, 'latin1'));
    expect(at('Exif\0\0')).toBeGreaterThan(0);
    expect(at('http://ns.adobe.com/xap/1.0/\0')).toBeGreaterThan(at('Exif\0\0'));
    expect(at('ICC_PROFILE\0')).toBeGreaterThan(at('http://ns.adobe.com/xap/1.0/\0'));
  });

  test('with further pictures keeps their distance from the segment that lists them', async () => {
    const listing = jpegSegment(0xe2, 'MPF\0 offsets count from here');
    const rest = insertPart(await plainPicture(5, 5, 'jpeg'), xmpParts.jpeg(foreignXmp));
    const bytes = Buffer.concat([insertPart(rest, listing), Buffer.from('the second picture')]);
    const { labeled, xmp } = await label(bytes);
    const distance = (file: Buffer) => file.indexOf('the second picture') - file.indexOf('MPF\0');
    expect(distance(labeled)).toBe(distance(bytes));
    expect(xmp).toContain(compositeWithAi);
    expect(occurrences(labeled, '<x:xmpmeta')).toBe(1);
  });

  /** Nearly as long as a segment can be. */
  const longXmp = foreignXmp.replace(/ {512}/, '').replace('Two', 'x'.repeat(64_500));

  test('whose merged packet would not fit into a segment keeps the other properties in an extension', async () => {
    const { labeled, xmp } = await label(
      insertPart(await plainPicture(5, 5, 'jpeg'), xmpParts.jpeg(longXmp)),
    );
    expect(xmp).toContain(compositeWithAi);
    expect(xmp.includes('xxxx')).toBe(false);
    const seen = await exifr.parse(labeled, { xmp: { multiSegment: true } as never, mergeOutput: true });
    expect(seen).toMatchObject({
      DigitalSourceType: compositeWithAi,
      AISystemUsed: 'Face Swap Gateway',
      CreatorTool: 'Brush 3',
      creator: 'Hana &amp; Erik — 花',
    });
    expect(String(seen.title.value ?? seen.title).length).toBeGreaterThan(64_500);
    expect(occurrences(labeled, 'digitalCapture')).toBe(0);
    expect(occurrences(labeled, compositeWithAi)).toBe(1);
  });

  test('whose other properties need two segments gets both, with their positions', async () => {
    const [, rdf = ''] =
      /(<x:xmpmeta[\s\S]*<\/x:xmpmeta>)/.exec(foreignXmp.replace(/e:DigitalSourceType="[^"]*"/, '')) ?? [];
    const packet = rdf.replace('Two', 'x'.repeat(65_500 - Buffer.byteLength(rdf)));
    const { labeled } = await label(insertPart(await plainPicture(5, 5, 'jpeg'), xmpParts.jpeg(packet)));
    const signature = 'http://ns.adobe.com/xmp/extension/\0';
    const parts: Buffer[] = [];
    let guid = '';
    for (let at = labeled.indexOf(signature); at >= 0; at = labeled.indexOf(signature, at + 1)) {
      const end = at + labeled.readUInt16BE(at - 2) - 2;
      const head = at + signature.length;
      guid = labeled.toString('latin1', head, head + 32);
      expect(labeled.readUInt32BE(head + 36)).toBe(Buffer.concat(parts).length);
      parts.push(labeled.subarray(head + 40, end));
    }
    expect(parts).toHaveLength(2);
    expect(createHash('md5').update(Buffer.concat(parts)).digest('hex').toUpperCase()).toBe(guid);
    expect(labeled.includes(`HasExtendedXMP>${guid}<`)).toBe(true);
  });

  test('without room for the label, and with an extension already, gets a packet with the label alone', async () => {
    const packet = longXmp.replace(
      'xmp:CreatorTool',
      'xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="AB" xmp:CreatorTool',
    );
    const { state, xmp } = await label(insertPart(await plainPicture(5, 5, 'jpeg'), xmpParts.jpeg(packet)));
    expect(state).toBe('LABELED');
    expect(xmp).not.toContain('HasExtendedXMP');
  });

  test('that has such an extension already keeps it, if there is room for the label', async () => {
    const extended = foreignXmp.replace(
      'xmp:CreatorTool',
      'xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="AB" xmp:CreatorTool',
    );
    const part = jpegSegment(0xe1, 'http://ns.adobe.com/xmp/extension/\0ABthe rest');
    const bytes = insertPart(insertPart(await plainPicture(5, 5, 'jpeg'), part), xmpParts.jpeg(extended));
    const { labeled, xmp } = await label(bytes);
    expect(xmp).toContain('n:HasExtendedXMP="AB"');
    expect(xmp).toContain(compositeWithAi);
    expect(labeled.includes(part)).toBe(true);
  });

  test('with JUMBF data that is not C2PA is labeled, and keeps the data', async () => {
    const segment = jpegSegment(0xeb, 'JP\0\x01\0\0\0\x01....jumb....jumd 360 degrees');
    const { state, labeled } = await label(insertPart(await plainPicture(5, 5, 'jpeg'), segment));
    expect(state).toBe('LABELED');
    expect(labeled.includes(segment)).toBe(true);
  });
});

describe('a PNG file', () => {
  test.each([
    ['a compressed iTXt chunk', compressedXmpChunk(foreignXmp)],
    ['a tEXt chunk', pngChunk('tEXt', Buffer.from(`XML:com.adobe.xmp\0${foreignXmp}`))],
    [
      'the raw profile of ImageMagick',
      pngChunk(
        'tEXt',
        `Raw profile type xmp\0\nxmp\n   ${Buffer.byteLength(foreignXmp)}\n${Buffer.from(foreignXmp)
          .toString('hex')
          .replace(/.{72}/g, '$&\n')}\n`,
      ),
    ],
  ])('keeps the properties of XMP in %s', async (_what, chunk) => {
    const { labeled, xmp } = await label(insertPart(await plainPicture(5, 5), chunk));
    expect(xmp).toContain('Hana &amp; Erik — 花');
    expect(xmp).toContain(compositeWithAi);
    expect(labeled.includes(chunk)).toBe(false);
  });

  test('gets a chunk with a valid checksum', async () => {
    const { labeled } = await label(await plainPicture(5, 5));
    const at = labeled.indexOf('iTXt');
    const length = labeled.readUInt32BE(at - 4);
    expect(labeled.readUInt32BE(at + 4 + length)).toBe(crc32(labeled.subarray(at, at + 4 + length)));
  });

  test.each([
    ['keeps a long XMP packet', 200, true],
    ['replaces a packet that would take too long to parse', 300, false],
  ])('%s', async (_what, kib, isKept) => {
    const packet = foreignXmp.replace('Two', 'x'.repeat(kib * 1024));
    const { xmp } = await label(insertPart(await plainPicture(5, 5), xmpParts.png(packet)));
    expect(xmp).toContain(compositeWithAi);
    expect(xmp.includes('xxxx')).toBe(isKept);
  });

  test('with a decompression bomb for XMP gets a packet with the label alone', async () => {
    const bomb = compressedXmpChunk('x'.repeat(50_000_000));
    const bytes = insertPart(await plainPicture(5, 5), bomb);
    const { labeled, xmp } = await label(bytes);
    expect(xmp).toContain(compositeWithAi);
    expect(labeled.length).toBeLessThan(bytes.length);
  });
});

describe('a WebP file', () => {
  test('whose last chunk lacks its padding gets it', async () => {
    const padded = insertPart(await plainPicture(5, 5, 'webp'), webpChunk('ABCD', 'odd'));
    const bytes = padded.subarray(0, -1);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    const { labeled, xmp } = await label(bytes);
    expect(xmp).toContain(compositeWithAi);
    expect(labeled.readUInt32LE(4)).toBe(labeled.length - 8);
    expect(labeled.indexOf('XMP ') % 2).toBe(0);
  });

  test('with a flag for XMP but no packet, and with a packet but no flag, ends up with both', async () => {
    const extended = await sharp(await plainPicture(5, 5, 'webp'))
      .withXmp(foreignXmp)
      .webp()
      .toBuffer();
    const withoutFlag = Buffer.from(extended);
    withoutFlag[20] = 0;
    const withoutPacket = extended.subarray(0, extended.indexOf('XMP '));
    withoutPacket.writeUInt32LE(withoutPacket.length - 8, 4);
    for (const bytes of [withoutFlag, withoutPacket]) {
      const { labeled, xmp } = await label(bytes);
      expect((labeled[20] ?? 0) & 4).toBe(4);
      expect(xmp).toContain(compositeWithAi);
    }
  });
});

test.each(['gif', 'text', 'nothing'])(
  'a file of another format (%s) is UNSUPPORTED and stays as it is',
  async (kind) => {
    const files = {
      gif: await plainPicture(3, 3, 'gif'),
      text: Buffer.from('<svg/>'),
      nothing: Buffer.alloc(0),
    };
    const bytes = files[kind as keyof typeof files];
    expect(await labeler.plan(pictureFile(bytes), at)).toEqual({ state: 'UNSUPPORTED', edits: [] });
  },
);

test('a picture without a mark says NONE', async () => {
  expect(await readProvenance(pictureFile(await plainPicture(3, 3)))).toEqual({
    state: 'NONE',
    format: 'png',
  });
});
