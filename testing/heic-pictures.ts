/**
 * Builds HEIC files around tiles that were encoded once, since no encoder of HEVC is on npm: any orientation, grids of tiles as
 * phones make them, several pictures, and files that lie about their size.
 */

/** A square picture, coded in HEVC. */
export interface CodedTile {
  side: number;
  /** The content of `hvcC`. */
  configuration: Buffer;
  data: Buffer;
}

/** A picture of 64 × 64 pixels in quarters: red, green, blue and yellow. Its decoder configuration, and the coded picture. */
const coloredTile: CodedTile = {
  side: 64,
  configuration: Buffer.from(
    'AQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQCEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgQEDAgAAAMACAAAAwAIQCIAAQAHRAHBcrAiQA==',
    'base64',
  ),
  data: Buffer.from(
    'AAAAOCgBrxOA5qhw0//9oFH/8AmeH5PdESq30agf+UrH/7lHrT/94BpH5Rzz/zFI6+sfm2ov7u4qfAfR',
    'base64',
  ),
};

/** The same with the usual size of a phone's tiles: 512 × 512. */
export const phoneTile: CodedTile = {
  side: 512,
  configuration: Buffer.from(
    'AQNwAAAAAAAAAAAAWvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAWroCQCEAAQAsQgEBA3AAAAMAkAAAAwAAAwBaoAQCAIBZbqSSmubgQEDAgAAAAwCAAAADAIQiAAEAB0QBwXKwYkA=',
    'base64',
  ),
  data: Buffer.from(
    'AAAChigBrxMQd1Zr12VarOaocNP//aBR//AJnh+T3MtJ5vZDua7O2YEUtpQAACQv/q30agf+UrH/7k7BWOT+DjQ4AA9AAAADAGZAowIpbSgAAEaAAJbUlzAhRKWTgk2eP4/H3AIEmp42B6nIIS2xngBRmEMlJaKCg/VsAVeoXuYq2qzDHm0de+bGzykA4wpdOwPCueM1Y2vBTuFUuMpQAeoA+AGdkwAAxwAHMAAMEoe8JN7b8Mw2eP4/H3AaNdHbc7FiCTaE71CKaictU2ENrZAAcVQphhVtVmGPNo6982NnlIBxhS6dgeFc8ZqxteCncKzYngAAAwAAAwAX0IcAAAMAAAMAADLpmfCTe2/DMNnj+Px9wMKJJYjjwNvjtCd6hFNROWqbCG1sgAOKoUwwq2qzDHm0de+bGzykA4wpdOwPCueM1Y2vBTuFcqd4AAADAAADA5oJl0zM//+FHBH9QvD/8mqjmIK6IWyxTFi7M//3/9lzN/xad39+JPmUax+XtQTUIiA8wBwAAAMAAAMAACoXacNeiBx4lKmI5Py73bYAHIbK6FpibQzgAJ88xXdwuGtKG9EbRIekXJ80e3VVgAwKYYCsmDr4Pxp0S3ywj3wJx1D7x+rsOAAAAwAAB7wAAAMAAAMAAW+PSLmGLQHE9u1c8lwjAmoAvKrCQf8VOAAzAXdAQhsSXbzo+0Eh6XdX/UYhVWADAphgKyYOvg/GnRLfLChiByt5vyH7qt4AAAMAAAMDJgAAAwAAAwAFZbsbPeiBx4lKmI5Py73bYAK2tjYszFTgAMwF3QEIbEl286PtBIemXWAtSIVVgAwKYYCsmDr4Pxp0S3ywpYgVv6f7x+rsOAAAAwAAExA=',
    'base64',
  ),
};

export interface HeicOptions {
  /** Tiles per row and column. Default: one picture without a grid. */
  grid?: { columns: number; rows: number };
  /** Quarter turns counterclockwise. */
  irot?: 0 | 1 | 2 | 3;
  /** 0: top and bottom are exchanged; 1: left and right. */
  imir?: 0 | 1;
  /** An orientation in EXIF, which a decoder must ignore. */
  exifOrientation?: number;
  /** The size that the header claims, instead of the true one. */
  claimedSize?: { width: number; height: number };
  /** Another picture, without a turn, listed before the primary one. */
  hasOtherFirst?: boolean;
  majorBrand?: string;
  codec?: 'hvc1' | 'vvc1';
  tile?: CodedTile;
  /** ICC profile. */
  colorProfile?: Buffer;
}

const u8 = (...values: number[]): Buffer => Buffer.from(values);
function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}
function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
const text = (value: string): Buffer => Buffer.from(value, 'latin1');
function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(body.length + 8), text(type), body]);
}
/** A box with version and flags. */
const full = (type: string, version: number, flags: number, ...parts: Buffer[]): Buffer =>
  box(type, u32(version * 2 ** 24 + flags), ...parts);

interface Item {
  id: number;
  type: string;
  isHidden?: boolean;
  data: Buffer;
  /** Indices of properties, from 1. */
  properties: number[];
}

export function heicPicture(options: HeicOptions = {}): Buffer {
  const { grid, irot, imir, exifOrientation, claimedSize, hasOtherFirst, majorBrand = 'heic' } = options;
  const { codec = 'hvc1', tile = coloredTile } = options;
  const width = tile.side * (grid?.columns ?? 1);
  const height = tile.side * (grid?.rows ?? 1);
  const claimed = claimedSize ?? { width, height };

  const properties = [
    box('hvcC', tile.configuration),
    full('ispe', 0, 0, u32(tile.side, tile.side)),
    full('ispe', 0, 0, u32(claimed.width, claimed.height)),
  ];
  const turns = [
    ...(irot === undefined ? [] : [box('irot', u8(irot))]),
    ...(imir === undefined ? [] : [box('imir', u8(imir))]),
    ...(options.colorProfile ? [box('colr', text('prof'), options.colorProfile)] : []),
  ].map((property) => properties.push(property));

  const items: Item[] = [];
  const add = (item: Omit<Item, 'id'>): number => items.push({ id: items.length + 1, ...item });
  const plain = { type: codec, data: tile.data, properties: [1, 2] };
  if (hasOtherFirst) add(plain);
  const tiles = grid
    ? Array.from({ length: grid.columns * grid.rows }, () => add({ ...plain, isHidden: true }))
    : [];
  const primary = grid
    ? add({ type: 'grid', data: gridData(grid, claimed), properties: [3, ...turns] })
    : add({ ...plain, properties: [1, 3, ...turns] });
  const references = grid ? [box('dimg', u16(primary, tiles.length, ...tiles))] : [];
  if (exifOrientation !== undefined) {
    const exif = add({ type: 'Exif', isHidden: true, data: exifData(exifOrientation), properties: [] });
    references.push(box('cdsc', u16(exif, 1, primary)));
  }
  const fileType = box('ftyp', text(majorBrand), u32(0), text('mif1heic'));
  const metaOf = (dataAt: number): Buffer => {
    // Equal items share their data, so that a picture of many tiles stays small.
    const offsets = new Map<Buffer, number>();
    let at = dataAt;
    for (const { data } of items) {
      if (offsets.has(data)) continue;
      offsets.set(data, at);
      at += data.length;
    }
    const extents = items.map(({ id, data }) =>
      Buffer.concat([u16(id, 0, 1), u32(offsets.get(data) ?? 0, data.length)]),
    );
    const entries = items.map(({ id, type, isHidden }) =>
      full('infe', 2, isHidden ? 1 : 0, u16(id, 0), text(type), u8(0)),
    );
    const associations = items
      .filter((item) => item.properties.length > 0)
      .map((item) => Buffer.concat([u16(item.id), u8(item.properties.length, ...item.properties)]));
    return full(
      'meta',
      0,
      0,
      full('hdlr', 0, 0, u32(0), text('pict'), Buffer.alloc(13)),
      full('pitm', 0, 0, u16(primary)),
      full('iloc', 0, 0, u8(0x44, 0), u16(items.length), Buffer.concat(extents)),
      full('iinf', 0, 0, u16(items.length), Buffer.concat(entries)),
      ...(references.length > 0 ? [full('iref', 0, 0, ...references)] : []),
      box(
        'iprp',
        box('ipco', ...properties),
        full('ipma', 0, 0, u32(associations.length), Buffer.concat(associations)),
      ),
    );
  };
  const dataAt = fileType.length + metaOf(0).length + 8;
  return Buffer.concat([fileType, metaOf(dataAt), box('mdat', ...new Set(items.map(({ data }) => data)))]);
}

function gridData(
  { columns, rows }: { columns: number; rows: number },
  { width, height }: { width: number; height: number },
): Buffer {
  return Buffer.concat([u8(0, 1, rows - 1, columns - 1), u32(width, height)]);
}

/** EXIF with nothing but an orientation. */
function exifData(orientation: number): Buffer {
  const tiff = Buffer.concat([
    text('MM'),
    u16(42),
    u32(8),
    u16(1, 0x0112, 3),
    u32(1),
    u16(orientation, 0),
    u32(0),
  ]);
  return Buffer.concat([u32(6), text('Exif\0\0'), tiff]);
}
