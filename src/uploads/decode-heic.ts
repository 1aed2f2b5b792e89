import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface HeicInput {
  path: string;
  /** ICC profile of its colors; undefined: sRGB. */
  colorProfile?: Uint8Array | undefined;
}

export type HeicOutcome =
  /** `file`: RGBA pixels; with a color profile, a TIFF file of them. */
  | { kind: 'decoded'; file: ArrayBuffer; width: number; height: number }
  /** `message`: for the client, if the picture is too large. */
  | { kind: 'refused'; reason: 'damaged' | 'too large'; message: string };

/**
 * Decodes the primary picture of a HEIC file, upright. Runs in a thread of its own, because memory of WebAssembly is freed only
 * with its thread, and each picture would otherwise keep what the largest one needed.
 *
 * @throws Error if the decoder cannot handle the file at all
 */
export async function decodeHeic(input: HeicInput): Promise<HeicOutcome> {
  const thread = new Worker(new URL('./heic-thread.js', import.meta.url), { workerData: input });
  try {
    const exit = once(thread, 'exit').then((): never => {
      throw new Error('the thread that decodes HEIC ended');
    });
    exit.catch(() => undefined);
    const [outcome] = (await Promise.race([once(thread, 'message'), exit])) as [HeicOutcome];
    return outcome;
  } finally {
    await thread.terminate();
  }
}
