import { expect, onTestFinished, test } from 'vitest';
import { createLocalEvents } from '../../src/events/local-events.js';
import { createLocalQueue } from '../../src/queue/local-queue.js';
import { createLateResults } from '../../src/swap/late-results.js';
import { createLearnedDurations } from '../../src/swap/learned-durations.js';
import type { FaceSwapProvider } from '../../src/swap/ports.js';
import { unavailable } from '../../src/swap/swap-error.js';
import { createSwapJournal } from '../../src/swap/swap-journal.js';
import { UnreadableRecordError } from '../../src/swap/swap-record.js';
import { createSwapRunner } from '../../src/swap/swap-runner.js';
import { systemClock } from '../../src/system-clock.js';
import { captureLog } from '../support/capture-log.js';
import { endedSwap, openEmbeddedEngine } from '../support/embedded-engine.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { unexpected } from '../support/unexpected.js';

const hourMs = 3_600_000;

test('a waiting swap whose record cannot be read gives its slot to the next one, and stays open', async () => {
  const engine = openEmbeddedEngine({ dataDir: temporaryFolder() });
  const { ledger } = engine;
  const { log } = captureLog();
  const reads: string[] = [];
  const store = {
    ...engine.store,
    async get(id: string) {
      reads.push(id);
      if (id === 'crooked') throw unavailable(new UnreadableRecordError('half a record'));
      return endedSwap(id, Date.now() + hourMs);
    },
  };
  const shared = { store, ledger, clock: systemClock, log, events: createLocalEvents(unexpected) };
  const policy = {
    queueDeadlineMs: hourMs,
    processingDeadlineMs: hourMs,
    unknownSlotMs: hourMs,
    pollIntervalMs: 1000,
    maxPollIntervalMs: 1000,
    resultTtlMs: hourMs,
  };
  const checkpoint = () => undefined;
  const { outbox, latePolls } = engine;
  const provider: FaceSwapProvider = {
    submit: () => expect.fail('nothing is to be submitted'),
    fetch: () => expect.fail('nothing is to be fetched'),
    isAvailable: () => true,
    close: async () => undefined,
  };
  const late = createLateResults({ ...shared, provider, outbox, latePolls, onKept: () => undefined });
  const journal = createSwapJournal({ ...shared, policy, checkpoint, outbox, late });
  const runner = createSwapRunner({
    ...shared,
    journal,
    policy,
    checkpoint,
    provider,
    learned: createLearnedDurations(),
    late,
    webhookUrl: () => '',
  });
  const queue = createLocalQueue({
    clock: systemClock,
    log,
    report: unexpected,
    slots: 1,
    maxWaiting: 9,
    maxWaitingPerClient: 9,
  });
  onTestFinished(() => queue.close());
  for (const id of ['crooked', 'good']) {
    await ledger.accept({ id, client: 'ann', createdAt: 1, fingerprint: 'x' });
    await queue.restore({ id, client: 'ann', expiresAt: Date.now() + hourMs }, false, true);
  }
  queue.start({ run: runner.run, expire: async () => undefined });
  await expect.poll(() => reads).toEqual(['crooked', 'good']);
  await expect.poll(() => queue.counts()).toEqual({ waiting: 0, running: 0, unresolved: 0 });
  expect(await ledger.open()).toEqual([{ id: 'crooked', client: 'ann' }]);
});
