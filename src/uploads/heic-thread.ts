import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import libheif from 'libheif-js/wasm-bundle.js';
import { refuseSize } from '../lib/pictures/picture-limits.js';
import type { HeicOutcome } from './decode-heic.js';

/** Entry point of the thread that decodes one HEIC picture. */
const { buffers, outcome } = await decode(String(workerData));
parentPort?.postMessage(outcome, buffers);

async function decode(path: string): Promise<{ outcome: HeicOutcome; buffers: ArrayBuffer[] }> {
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
  const pixels = new ArrayBuffer(size.width * size.height * 4);
  const target = { data: new Uint8ClampedArray(pixels), ...size };
  const isDecoded = await new Promise<boolean>((resolve) =>
    image.display(target, (displayed) => resolve(displayed !== null)),
  );
  return isDecoded ? { outcome: { kind: 'decoded', pixels, ...size }, buffers: [pixels] } : failed('damaged');
}
