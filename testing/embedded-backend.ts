import { onTestFinished } from 'vitest';
import type { Backend } from '../src/backends/backend.js';
import { createEmbeddedBackend, type EmbeddedBackendOptions } from '../src/backends/embedded-backend.js';
import { systemClock } from '../src/lib/clock.js';
import { applyTransition, type EndedSwap, isEnded, queuedSwap } from '../src/swap/swap.js';
import { captureLog } from './capture-log.js';
import { images } from './swap-client.js';
import { unexpected } from './unexpected.js';

const minuteMs = 60_000;

/** The embedded backend on a directory, closed after the test. */
export function openEmbeddedBackend(
  options: Partial<EmbeddedBackendOptions> & { dataDir: string },
): Backend & { close(): Promise<void> } {
  const backend = createEmbeddedBackend({
    clock: systemClock,
    log: captureLog().log,
    report: unexpected,
    slots: 1,
    maxWaiting: 10,
    maxWaitingPerClient: 10,
    policy: {
      queueDeadlineMs: 15 * minuteMs,
      processingDeadlineMs: 10 * minuteMs,
      unknownSlotMs: minuteMs,
      pollIntervalMs: minuteMs,
      maxPollIntervalMs: minuteMs,
      resultTtlMs: 7 * 1440 * minuteMs,
    },
    ...options,
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= backend.close();
    return closed;
  };
  onTestFinished(close);
  return { ...backend, close };
}

/** A finished swap that is kept until `expiresAt`. */
export function endedSwap(id: string, expiresAt: number): EndedSwap {
  const queued = queuedSwap(id, 'ann', { ...images, watermark: true }, expiresAt - minuteMs);
  const swap = applyTransition(queued, { type: 'canceled' }, expiresAt - minuteMs, minuteMs);
  if (!isEnded(swap)) throw new Error('not ended');
  return swap;
}

/** Accepts and finishes `count` swaps, each with a claim. */
export async function storeEnded(
  { store, swapIndex }: Pick<Backend, 'store' | 'swapIndex'>,
  count: number,
  expiresAt: number,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  await Promise.all(
    ids.map((id) =>
      store.create(queuedSwap(id, 'ann', { ...images, watermark: true }, 1), {
        fingerprint: 'print',
        takes: { kind: 'input', value: id },
      }),
    ),
  );
  await Promise.all(
    ids.flatMap((id) => [store.finish(endedSwap(id, expiresAt)), swapIndex.markEnded(id, expiresAt)]),
  );
  return ids;
}
