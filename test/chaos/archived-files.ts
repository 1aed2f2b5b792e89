import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { FinalSwap } from './final-swap.ts';

/** Longer than the lease of a copy whose process was killed, and than a copy takes. */
const patienceMs = 60_000;
const pauseMs = 500;
const readablePictures = {
  pictureError: 0,
  pictureMissing: 0,
  pictureReset: 0,
  pictureSlow: 0,
  pictureTruncated: 0,
  pictureReplaced: 0,
};

/**
 * Reads swaps again until no file of them is still being copied, or time is up. Nothing disturbs copies any longer: each must succeed
 * at its next attempt, which comes after at most as much time as its swap is old.
 *
 * @param startedAt before the first swap was requested, milliseconds since the epoch
 */
export async function awaitArchive(
  swaps: Map<string, FinalSwap | null>,
  sandbox: Sandbox,
  startedAt: number,
  read: (id: string) => Promise<FinalSwap | null | undefined>,
): Promise<void> {
  sandbox.setFaults(readablePictures);
  const mostMs = Date.now() - startedAt + patienceMs;
  for (const deadline = Date.now() + mostMs; Date.now() < deadline; await sleep(pauseMs)) {
    const pending = [...swaps.values()].filter((swap) => swap?.archiveState === 'PENDING');
    if (pending.length === 0) return;
    for (const swap of pending) if (swap) swaps.set(swap.id, (await read(swap.id)) ?? swap);
  }
}

/** What breaks "every file has the pixels of the picture that the sandbox made, or its swap says FAILED". */
export async function damagedFiles(
  swaps: ReadonlyMap<string, FinalSwap | null>,
  sandbox: Sandbox,
): Promise<string[]> {
  sandbox.setFaults(readablePictures);
  const breaches: string[] = [];
  for (const swap of swaps.values()) {
    const isDone = swap?.status === 'SUCCEEDED' || swap?.lateResult;
    if (!swap || !isDone || swap.archiveState === 'FAILED') continue;
    if (swap.archiveState !== 'STORED') breaches.push(`${swap.id} is ${swap.archiveState}, not STORED`);
    else
      for (const file of swap.files ?? []) {
        const [shown, made] = await Promise.all([pixelsOf(file.url), pixelsOf(file.sourceUrl)]);
        if (typeof shown === 'string') breaches.push(`${swap.id} has an unreadable file: ${shown}`);
        else if (typeof made !== 'string' && !shown.equals(made))
          breaches.push(`${swap.id} has another picture`);
      }
  }
  return breaches;
}

/** @returns why there are none */
async function pixelsOf(url: string): Promise<Buffer | string> {
  try {
    const response = await fetch(url);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status !== 200) return `status ${response.status}: ${bytes.toString().slice(0, 200)}`;
    return await sharp(bytes).raw().toBuffer();
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
}
