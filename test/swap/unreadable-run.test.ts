import { expect, onTestFinished, test } from 'vitest';
import { createMemoryPubSub } from '../../src/backends/memory/pubsub.js';
import { createMemoryQueue } from '../../src/backends/memory/queue.js';
import { systemClock } from '../../src/lib/clock.js';
import { unavailable } from '../../src/swap/errors.js';
import { createLateResults } from '../../src/swap/lifecycle/late-results.js';
import { createDurationsByOperation } from '../../src/swap/lifecycle/learned-durations.js';
import { createSwapRunner } from '../../src/swap/lifecycle/runner.js';
import { createTransitions } from '../../src/swap/lifecycle/transitions.js';
import type { FaceSwapProvider } from '../../src/swap/ports.js';
import { UnreadableRecordError } from '../../src/swap/record.js';
import { queuedSwap } from '../../src/swap/swap.js';
import { captureLog } from '../../testing/capture-log.js';
import { endedSwap, openEmbeddedBackend } from '../../testing/embedded-backend.js';
import { images } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { unexpected } from '../../testing/unexpected.js';

const hourMs = 3_600_000;

test('a queued swap with an unreadable record leaves its slot to the next one, and stays open', async () => {
  const backend = openEmbeddedBackend({ dataDir: temporaryFolder() });
  const { swapIndex } = backend;
  const { log } = captureLog();
  const reads: string[] = [];
  const store = {
    ...backend.store,
    async get(id: string) {
      reads.push(id);
      if (id === 'crooked') throw unavailable(new UnreadableRecordError('half a record'));
      return endedSwap(id, Date.now() + hourMs);
    },
  };
  const shared = { store, swapIndex, clock: systemClock, log, pubsub: createMemoryPubSub(unexpected) };
  const policy = {
    queueDeadlineMs: hourMs,
    processingDeadlineMs: hourMs,
    unknownSlotMs: hourMs,
    pollIntervalMs: 1000,
    maxPollIntervalMs: 1000,
    resultTtlMs: hourMs,
  };
  const failpoint = () => undefined;
  const { outbox, latePolls } = backend;
  const provider: FaceSwapProvider = {
    name: 'stub',
    submit: () => expect.fail('nothing is to be submitted'),
    fetch: () => expect.fail('nothing is to be fetched'),
    readReport: () => expect.fail('no webhook is to be read'),
    isAvailable: () => true,
    close: async () => undefined,
  };
  const late = createLateResults({
    ...shared,
    provider,
    outbox,
    latePolls,
    dueNow: backend.dueNow,
    onKept: () => undefined,
  });
  const transitions = createTransitions({ ...shared, policy, failpoint: failpoint, outbox, late });
  const runner = createSwapRunner({
    ...shared,
    queue: { pauses: async () => [] },
    transitions,
    policy,
    failpoint,
    provider,
    learnedOf: createDurationsByOperation(),
    late,
    webhookUrl: () => '',
  });
  const queue = createMemoryQueue({
    clock: systemClock,
    log,
    report: unexpected,
    slots: 1,
    maxWaiting: 9,
    maxWaitingPerClient: 9,
  });
  onTestFinished(() => queue.close());
  for (const id of ['crooked', 'good']) {
    const swap = queuedSwap(id, 'ann', { ...images, watermark: true }, 1);
    await backend.store.create(swap, { fingerprint: 'x' });
    await queue.restore({ id, client: 'ann', expiresAt: Date.now() + hourMs }, false, true);
  }
  queue.start({ run: runner.run, expire: async () => undefined });
  await expect.poll(() => reads).toEqual(['crooked', 'good']);
  await expect.poll(() => queue.counts()).toEqual({ waiting: 0, running: 0, unresolved: 0 });
  expect(await swapIndex.open()).toEqual([{ id: 'crooked', client: 'ann' }]);
});
