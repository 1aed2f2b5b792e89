import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import libheif from 'libheif-js/wasm-bundle.js';
import { refuseSize } from '../lib/pictures/picture-limits.js';
import type { HeicInput, HeicOutcome } from './decode-heic.js';
import { tiffHeader } from './tiff-header.js';

/** Entry point of the thread that decodes one HEIC picture. */
const { buffers, outcome } = await decode(workerData as HeicInput);
parentPort?.postMessage(outcome, buffers);

async function decode({
  path,
  colorProfile,
}: HeicInput): Promise<{ outcome: HeicOutcome; buffers: ArrayBuffer[] }> {
  const failed = (reason: 'damaged' | 'too large', message = '') => ({
    outcome: { kind: 'refused', reason, message } as const,
    buffers: [],
  });
  await libheif.ready;
  const images = new libheif.HeifDecoder().decode(readFileSync(path));
  // Bursts and collections have several; so do files with a depth map that is not marked as auxiliary.
  const image = images.find((each) => each.is_primary()) ?? images[0];
  if (!image) return failed('damaged');
  const size = { width: image.get_width(), height: image.get_height() };
  const problem = refuseSize(size);
  if (problem !== undefined) return failed('too large', problem);
  const header = colorProfile ? tiffHeader(size, colorProfile) : Buffer.alloc(0);
  const file = new ArrayBuffer(header.length + size.width * size.height * 4);
  new Uint8Array(file).set(header);
  const target = { data: new Uint8ClampedArray(file, header.length), ...size };
  const isDecoded = await new Promise<boolean>((resolve) =>
    image.display(target, (displayed) => resolve(displayed !== null)),
  );
  return isDecoded ? { outcome: { kind: 'decoded', file, ...size }, buffers: [file] } : failed('damaged');
}
