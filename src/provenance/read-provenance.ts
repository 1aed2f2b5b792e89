import { type PictureFormat, signatureBytes, sniffFormat } from '../lib/pictures/picture-header.js';
import type { PictureFile, ProvenanceState } from '../swap/labeler.js';
import { findSourceType } from './c2pa.js';
import { createFileWindow } from './file-window.js';
import { scanJpeg } from './jpeg.js';
import type { StatedLabel } from './label.js';
import type { Metadata, Scan } from './metadata.js';
import { scanPng } from './png.js';
import { scanWebp } from './webp.js';
import { readXmp } from './xmp.js';

const scans: Partial<Record<PictureFormat, Scan>> = { jpeg: scanJpeg, png: scanPng, webp: scanWebp };

/** What a picture says about its origin. */
export interface Provenance extends StatedLabel {
  state: ProvenanceState;
  /** Undefined: unknown. */
  format: PictureFormat | undefined;
}

export interface ScannedPicture extends Provenance {
  /** Undefined: the file cannot be edited. */
  metadata: Metadata | undefined;
}

/** Reads what a picture says about its origin. @throws only what `file.read` throws */
export async function readProvenance(file: PictureFile): Promise<Provenance> {
  const { metadata: _, ...provenance } = await scanPicture(file);
  return provenance;
}

/** Reads what a picture says about its origin, and how to change it. @throws only what `file.read` throws */
export async function scanPicture(file: PictureFile): Promise<ScannedPicture> {
  const window = createFileWindow(file);
  const format = sniffFormat(await window.bytes(0, signatureBytes));
  const scan = format && scans[format];
  if (!scan) return { state: 'UNSUPPORTED', format, metadata: undefined };
  const metadata = await scan(window);
  if (!metadata) return { state: 'UNREADABLE', format, metadata };
  const stated = metadata.xmp?.text === undefined ? undefined : readXmp(metadata.xmp.text);
  const found = { ...stated, format, metadata };
  if (metadata.c2pa.length > 0 || stated?.remoteManifest !== undefined) {
    const digitalSourceType = stated?.digitalSourceType ?? (await findSourceType(window, metadata.c2pa));
    return { ...found, state: 'PRESERVED', digitalSourceType };
  }
  return { ...found, state: stated?.digitalSourceType === undefined ? 'NONE' : 'LABELED' };
}
