/**
 * Fills a data directory with finished swaps through the gateway's own store: `node scenarios/fill-store.ts DATA_DIR
 * FROM TO`, the numbers of the first swap and of the one after the last.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Backend } from '../../src/backends/backend.js';
import type { EmbeddedBackendOptions } from '../../src/backends/embedded-backend.js';
import type { EndedSwap } from '../../src/swap/swap.js';
import { projectRoot } from '../process/gateway.ts';

const [dataDir = '', from, to] = process.argv.slice(2);
const dayMs = 86_400_000;
/** One transaction per step of a batch. */
const batchSize = 50_000;

const { createEmbeddedBackend } = (await import(
  join(projectRoot, 'dist/src/backends/embedded-backend.js')
)) as {
  createEmbeddedBackend(options: EmbeddedBackendOptions): Backend;
};
const { systemClock } = (await import(join(projectRoot, 'dist/src/lib/clock.js'))) as Pick<
  { systemClock: EmbeddedBackendOptions['clock'] },
  'systemClock'
>;
const log = { info: () => undefined, warn: console.warn, error: console.error };
const { store, swapIndex, close } = createEmbeddedBackend({
  report: (_where, error) => console.error(error),
  dataDir,
  clock: systemClock,
  log,
  slots: 1,
  maxWaiting: 1,
  maxWaitingPerClient: 1,
  policy: {
    queueDeadlineMs: dayMs,
    processingDeadlineMs: dayMs,
    unknownSlotMs: 60_000,
    pollIntervalMs: dayMs,
    maxPollIntervalMs: dayMs,
    resultTtlMs: 7 * dayMs,
  },
});

for (let first = Number(from); first < Number(to); first += batchSize) {
  const size = Math.min(batchSize, Number(to) - first);
  // Sorted, so that each page of an index is written once per batch; across batches, ids are as random as usual.
  const ids = Array.from({ length: size }, () => randomUUID()).sort();
  const swaps = ids.map((id, index) => endedSwap(id, first + index));
  await Promise.all(
    swaps.map(({ id, client, request, createdAt }) =>
      store.create(
        { id, client, request, status: 'QUEUED', createdAt, updatedAt: createdAt },
        { fingerprint: '', takes: { kind: 'input', value: id } },
      ),
    ),
  );
  await Promise.all(swaps.map((swap) => store.finish(swap)));
  await Promise.all(
    swaps.flatMap(({ id, expiresAt, modelsLabId = '' }) => [
      swapIndex.markEnded(id, expiresAt),
      swapIndex.link(id, modelsLabId),
    ]),
  );
}
await close();

function endedSwap(id: string, number: number): EndedSwap {
  const image = (name: string): string => `https://images.example.com/people/2026/${name}-${number}.jpg`;
  const file = `generations/0-f8c9ee5c-2d3e-4e3b-8a45-${String(number).padStart(12, '0')}.png`;
  const now = Date.now();
  return {
    id,
    client: 'bench',
    request: {
      initImage: image('group'),
      targetImage: image('face'),
      referenceImage: image('chosen'),
      watermark: true,
      trackId: number,
    },
    status: 'SUCCEEDED',
    modelsLabId: String(1_000_000 + number),
    result: {
      output: [`https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/${file}`],
      proxyLinks: [`https://cdn2.stablediffusionapi.com/${file}`],
      generationTime: 2.5,
      meta: {
        seed: 1_234_567_890,
        temporary: false,
        filePrefix: `f8c9ee5c-2d3e-4e3b-8a45-${number}`,
        modelSaveFormat: 'png',
        watermark: true,
      },
    },
    createdAt: now - 3000,
    updatedAt: now,
    completedAt: now,
    expiresAt: now + 7 * dayMs,
  };
}
