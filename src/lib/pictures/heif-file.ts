/** How the primary picture of a HEIF file (HEIC, AVIF) is stored. Untrusted, like any header. */
export interface HeifPicture {
  /** `other`: a codec that no decoder here reads, such as VVC. */
  codec: 'hevc' | 'av1' | 'other';
  /** As stored, before it is turned; undefined if the file does not say. */
  size?: { width: number; height: number } | undefined;
  /** Quarter turns counterclockwise, 0 to 3, that a decoder applies before mirroring. */
  quarterTurns: number;
  isMirrored: boolean;
  /** ICC profile of the colors; undefined: sRGB. */
  colorProfile?: Buffer | undefined;
}

/** Deeper and larger structures than phones write; more is not read. */
const maxBoxes = 20_000;

interface Box {
  type: string;
  /** What follows the header. */
  body: Buffer;
}

/**
 * Reads the header of a HEIF file: the properties of its primary item, and the codec.
 *
 * @param bytes the beginning of the file
 * @returns undefined if they do not contain a complete header
 */
export function readHeifPicture(bytes: Buffer): HeifPicture | undefined {
  try {
    return readHeader(bytes);
  } catch (error) {
    // A length that leads out of its box.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readHeader(bytes: Buffer): HeifPicture | undefined {
  const meta = find(boxesIn(bytes), 'meta');
  if (!meta) return undefined;
  const parts = boxesIn(meta.subarray(4));
  const pitm = find(parts, 'pitm');
  const iprp = find(parts, 'iprp');
  if (!pitm || !iprp) return undefined;
  const primary = pitm[0] === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4);
  const types = itemTypes(find(parts, 'iinf'));
  const properties = boxesIn(iprp);
  const all = boxesIn(find(properties, 'ipco') ?? Buffer.alloc(0));
  const own = properties
    .filter(({ type }) => type === 'ipma')
    .flatMap(({ body }) => associationsOf(body, primary))
    .flatMap((index) => all[index - 1] ?? []);
  const ispe = find(own, 'ispe');
  return {
    codec: codecOf(types.get(primary), new Set(types.values())),
    size: ispe && { width: ispe.readUInt32BE(4), height: ispe.readUInt32BE(8) },
    quarterTurns: (find(own, 'irot')?.readUInt8(0) ?? 0) & 3,
    isMirrored: find(own, 'imir') !== undefined,
    colorProfile: profileIn(own),
  };
}

/** Its header alone has 128 bytes. */
const minProfileBytes = 128;

function profileIn(properties: readonly Box[]): Buffer | undefined {
  const profile = properties
    .find(({ type, body }) => type === 'colr' && ['prof', 'rICC'].includes(body.toString('latin1', 0, 4)))
    ?.body.subarray(4);
  return profile && profile.length >= minProfileBytes ? profile : undefined;
}

const find = (boxes: readonly Box[], wanted: string): Buffer | undefined =>
  boxes.find(({ type }) => type === wanted)?.body;

function boxesIn(bytes: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length && boxes.length < maxBoxes; ) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    const short = bytes.readUInt32BE(at);
    const header = short === 1 ? 16 : 8;
    const size =
      short === 0 ? bytes.length - at : short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short;
    if (size < header) break;
    boxes.push({ type, body: bytes.subarray(at + header, at + size) });
    at += size;
  }
  return boxes;
}

function itemTypes(iinf: Buffer | undefined): Map<number, string> {
  const types = new Map<number, string>();
  if (!iinf) return types;
  for (const { type, body } of boxesIn(iinf.subarray(iinf[0] === 0 ? 6 : 8))) {
    const version = body[0] ?? 0;
    if (type !== 'infe' || version < 2) continue;
    const id = version === 2 ? body.readUInt16BE(4) : body.readUInt32BE(4);
    const at = version === 2 ? 8 : 10;
    types.set(id, body.toString('latin1', at, at + 4));
  }
  return types;
}

/** @returns the properties of an item, as indices from 1 on */
function associationsOf(ipma: Buffer, item: number): number[] {
  const hasLongIds = (ipma[0] ?? 0) >= 1;
  const hasLongIndices = ((ipma[3] ?? 0) & 1) === 1;
  const items = Math.min(ipma.readUInt32BE(4), maxBoxes);
  let at = 8;
  for (let count = 0; count < items; count++) {
    const id = hasLongIds ? ipma.readUInt32BE(at) : ipma.readUInt16BE(at);
    at += hasLongIds ? 4 : 2;
    const indices = ipma.readUInt8(at);
    at += 1;
    if (id === item)
      return Array.from({ length: indices }, (_, index) =>
        hasLongIndices ? ipma.readUInt16BE(at + index * 2) & 0x7fff : ipma.readUInt8(at + index) & 0x7f,
      );
    at += indices * (hasLongIndices ? 2 : 1);
  }
  return [];
}

/** A derived picture, such as a grid of tiles, has the codec of the pictures that it is made of. */
function codecOf(primary: string | undefined, types: ReadonlySet<string>): HeifPicture['codec'] {
  const codecs = { hvc1: 'hevc', hev1: 'hevc', av01: 'av1' } as const;
  const direct = codecs[primary as keyof typeof codecs];
  if (direct) return direct;
  if (!['grid', 'iden', 'iovl'].includes(primary ?? '')) return 'other';
  if (types.has('hvc1') || types.has('hev1')) return 'hevc';
  return types.has('av01') ? 'av1' : 'other';
}
