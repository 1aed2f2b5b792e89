import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** A generator of pseudorandom numbers in [0, 1), for reproducible pictures (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const randomBytes = (length: number, random: () => number): Buffer =>
  Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));

export interface GeneratedPicture {
  /** What kind of picture it is, for the message of a failed test. */
  kind: string;
  bytes: Buffer;
}

type Encode = (picture: Sharp, random: () => number) => Sharp;

const encoders: Readonly<Record<string, Encode>> = {
  'baseline JPEG': (picture) => picture.removeAlpha().jpeg({ quality: 80 }),
  'progressive JPEG': (picture) => picture.removeAlpha().jpeg({ progressive: true }),
  'optimized JPEG': (picture) =>
    picture.removeAlpha().jpeg({ mozjpeg: true, chromaSubsampling: '4:4:4', quality: 95 }),
  'CMYK JPEG': (picture) => picture.removeAlpha().toColourspace('cmyk').jpeg(),
  'gray JPEG': (picture) => picture.removeAlpha().grayscale().jpeg(),
  PNG: (picture) => picture.png(),
  'interlaced PNG': (picture) => picture.png({ progressive: true }),
  '16-bit PNG': (picture) => picture.toColourspace('rgb16').png(),
  'palette PNG': (picture, random) => picture.png({ palette: true, colors: 2 + Math.floor(random() * 60) }),
  'gray PNG': (picture) => picture.grayscale().png(),
  'uncompressed PNG': (picture) => picture.png({ compressionLevel: 0 }),
  'lossy WebP': (picture) => picture.removeAlpha().webp({ quality: 70 }),
  'lossless WebP': (picture) => picture.removeAlpha().webp({ lossless: true }),
  'alpha WebP': (picture) => picture.webp({ quality: 60 }),
  'lossless alpha WebP': (picture) => picture.webp({ lossless: true }),
  'animated WebP': (picture) => picture.webp({ lossless: true, loop: 0 }),
  'animated PNG': (picture) => picture.png(),
};

type Alter = (bytes: Buffer, random: () => number) => Buffer;

const alterations: Readonly<Record<string, Alter>> = {
  '': (bytes) => bytes,
  'trailing bytes': (bytes, random) =>
    Buffer.concat([bytes, randomBytes(1 + Math.floor(random() * 40), random)]),
  truncated: (bytes, random) => bytes.subarray(0, Math.floor(bytes.length * (0.1 + 0.9 * random()))),
  'further parts': (bytes, random) => withForeignParts(bytes, random),
};

const metadata: Readonly<Record<string, (picture: Sharp) => Sharp>> = {
  '': (picture) => picture,
  'color profile': (picture) => picture.withIccProfile('p3'),
  Exif: (picture) => picture.withExif({ IFD0: { Copyright: 'Ada', ImageDescription: 'x'.repeat(99) } }),
  'Exif with orientation': (picture) => picture.withMetadata({ orientation: 6 }),
  XMP: (picture) => picture.withXmp(foreignXmp),
  'color profile, Exif and XMP': (picture) =>
    picture
      .withIccProfile('srgb')
      .withExif({ IFD0: { Artist: 'Bruno' } })
      .withXmp(foreignXmp),
};

/** An XMP packet of another program, with properties in every form, one of which contradicts the label. */
export const foreignXmp =
  '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
  '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
  'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Brush 3" ' +
  'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" ' +
  'e:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture">' +
  '<dc:creator><rdf:Seq><rdf:li>Hana &amp; Erik — 花</rdf:li></rdf:Seq></dc:creator>' +
  '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Two &lt;friends&gt;</rdf:li></rdf:Alt></dc:title>' +
  `</rdf:Description></rdf:RDF></x:xmpmeta>${' '.repeat(512)}<?xpacket end="w"?>`;

export const pictureKinds = Object.keys(encoders);

/** A small picture of a kind, with metadata and damage chosen by the seed. */
export async function generatePicture(seed: number): Promise<GeneratedPicture> {
  const random = randomNumbers(seed);
  const pick = <T>(from: Readonly<Record<string, T>>): [string, T] => {
    const entries = Object.entries(from);
    return entries[Math.floor(random() * entries.length)] as [string, T];
  };
  const name = pictureKinds[seed % pictureKinds.length] ?? '';
  const encode = encoders[name] as Encode;
  const [metadataName, addMetadata] = pick(metadata);
  const [damage, alter] = pick(alterations);
  const width = 1 + Math.floor(random() * 40);
  const height = 1 + Math.floor(random() * 40);
  const frames = name === 'animated WebP' ? 3 : 1;
  const pixels = randomBytes(width * height * 4 * frames, random);
  const raw = {
    width,
    height: height * frames,
    channels: 4 as const,
    ...(frames > 1 && { pageHeight: height }),
  };
  const encoded = await addMetadata(encode(sharp(pixels, { raw }), random)).toBuffer();
  const bytes = alter(name === 'animated PNG' ? animated(encoded) : encoded, random);
  return { kind: [name, metadataName, damage].filter(Boolean).join(', '), bytes };
}

/** A segment, length included, for a JPEG file. */
export function jpegSegment(marker: number, payload: Uint8Array | string): Buffer {
  const data = Buffer.from(payload as string, 'latin1');
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

export function pngChunk(type: string, data: Uint8Array | string): Buffer {
  const typed = Buffer.concat([Buffer.from(type), Buffer.from(data as string, 'latin1')]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(typed.length - 4, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}

export function webpChunk(type: string, data: Uint8Array | string): Buffer {
  const bytes = Buffer.from(data as string, 'latin1');
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes, Buffer.alloc(bytes.length % 2)]);
}

/** Inserts a part behind the first one of a picture, and keeps its container valid. */
export function insertPart(bytes: Buffer, part: Buffer): Buffer {
  if (bytes[0] === 0xff) return Buffer.concat([bytes.subarray(0, 2), part, bytes.subarray(2)]);
  if (bytes[0] === 0x89) return Buffer.concat([bytes.subarray(0, 33), part, bytes.subarray(33)]);
  const whole = Buffer.concat([bytes, part]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}

function withForeignParts(bytes: Buffer, random: () => number): Buffer {
  const filler = randomBytes(Math.floor(random() * 3000), random);
  if (bytes[0] === 0xff) {
    const segments = [
      jpegSegment(0xec, filler),
      jpegSegment(0xe2, `ICC_PROFILE\0\x02\x02${'b'.repeat(64)}`),
      jpegSegment(0xfe, 'a comment'),
      Buffer.from([0xff, 0xff]),
    ];
    const frameAt = bytes.indexOf(Buffer.from([0xff, 0xdb]));
    return Buffer.concat([bytes.subarray(0, frameAt), ...segments, bytes.subarray(frameAt)]);
  }
  if (bytes[0] === 0x89) return insertPart(bytes, pngChunk('prVt', filler));
  return insertPart(bytes, webpChunk('ABCD', filler));
}

/** Repeats the picture as a second frame of an animation. */
function animated(png: Buffer): Buffer {
  const chunks: { type: string; whole: Buffer; data: Buffer }[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const data = png.subarray(at + 8, at + 8 + length);
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      whole: png.subarray(at, at + length + 12),
      data,
    });
    at += length + 12;
  }
  const control = (sequence: number): Buffer => {
    const data = Buffer.alloc(26);
    data.writeUInt32BE(sequence, 0);
    png.copy(data, 4, 16, 24);
    data.writeUInt16BE(100, 20);
    data.writeUInt16BE(1000, 22);
    return pngChunk('fcTL', data);
  };
  const pixels = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 2]), pixels]);
  const firstPixels = chunks.findIndex(({ type }) => type === 'IDAT');
  return Buffer.concat([
    png.subarray(0, 8),
    ...chunks.slice(0, firstPixels).map(({ whole }) => whole),
    pngChunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])),
    control(0),
    ...chunks.slice(firstPixels, -1).map(({ whole }) => whole),
    control(1),
    pngChunk('fdAT', frame),
    ...chunks.slice(-1).map(({ whole }) => whole),
  ]);
}

/** An XMP packet in a compressed iTXt chunk. */
export function compressedXmpChunk(packet: string): Buffer {
  const text = deflateSync(Buffer.from(packet));
  return pngChunk('iTXt', Buffer.concat([Buffer.from('XML:com.adobe.xmp\0\x01\0\0\0', 'latin1'), text]));
}
