import { onTestFinished } from 'vitest';
import { createCachedSwapStore } from '../src/backends/cached-swap-store.js';
import { createMemoryPubSub } from '../src/backends/memory/pubsub.js';
import { openSqliteDatabase } from '../src/backends/sqlite/database.js';
import { createDueClock } from '../src/backends/sqlite/due-clock.js';
import { createSqliteOutbox } from '../src/backends/sqlite/outbox.js';
import { createSqliteSchedule } from '../src/backends/sqlite/schedule.js';
import { createSqliteSwapIndex } from '../src/backends/sqlite/swap-index.js';
import { createSqliteSwapStore } from '../src/backends/sqlite/swap-store.js';
import type { LatePollSchedule } from '../src/swap/late-poll-schedule.js';
import { createWebhookHandler } from '../src/swap/lifecycle/handle-webhook.js';
import { createLateResults } from '../src/swap/lifecycle/late-results.js';
import { createDurationsByOperation } from '../src/swap/lifecycle/learned-durations.js';
import { createSwapRunner } from '../src/swap/lifecycle/runner.js';
import { createTransitions } from '../src/swap/lifecycle/transitions.js';
import type { SingleFaceSwapRequest } from '../src/swap/operations/single.js';
import type { FaceSwapProvider, FetchOutcome, SubmitOutcome, SwapStore } from '../src/swap/ports.js';
import type { QueuePause } from '../src/swap/queue-pause.js';
import type { RunSlot } from '../src/swap/run-slot.js';
import { type QueuedSwap, queuedSwap } from '../src/swap/swap.js';
import { captureLog } from './capture-log.js';
import { createManualClock } from './manual-clock.js';
import { images } from './swap-client.js';
import { temporaryFolder } from './temporary-folder.js';
import { unexpected } from './unexpected.js';

export const minuteMs = 60_000;
export const policy = {
  queueDeadlineMs: 15 * minuteMs,
  processingDeadlineMs: 10 * minuteMs,
  unknownSlotMs: minuteMs,
  pollIntervalMs: 1000,
  maxPollIntervalMs: 30_000,
  resultTtlMs: 7 * 24 * 60 * minuteMs,
};

/** ModelsLab's scripted responses. Times are milliseconds after the start. */
export interface ScriptedModelsLab {
  submitted: SubmitOutcome | (() => Promise<SubmitOutcome>);
  prepare?: FaceSwapProvider['prepare'];
  fetched?(atMs: number, modelsLabId: string): FetchOutcome | Promise<FetchOutcome>;
}

export const processing: FetchOutcome = { kind: 'processing' };
export const pictureAt = (url: string): FetchOutcome & { kind: 'succeeded' } => ({
  kind: 'succeeded',
  result: { output: [url], proxyLinks: [] },
});
export const succeeded = pictureAt('https://files.example.com/1.jpg');

/** The real runner, webhook handling, late results and store; the test controls time and ModelsLab. */
export async function startRunner(
  { submitted, prepare, fetched = () => processing }: ScriptedModelsLab,
  options: {
    wrap?: (store: SwapStore) => SwapStore;
    request?: Partial<SingleFaceSwapRequest>;
    isShared?: boolean;
    pauses?: QueuePause[];
  } = {},
) {
  const clock = createManualClock(Date.now());
  const database = openSqliteDatabase(temporaryFolder(), { slowSyncMs: Number.POSITIVE_INFINITY });
  onTestFinished(() => database.close());
  const { wrap = (store: SwapStore) => store, isShared = false, pauses = [] } = options;
  const store = wrap(
    createCachedSwapStore(
      createSqliteSwapStore(database, { clock, pendingTtlMs: 7 * 24 * 60 * minuteMs }),
      clock,
    ),
  );
  const startedAt = clock.monotonic();
  const polls: number[] = [];
  let submissions = 0;
  const provider: FaceSwapProvider = {
    name: 'stub',
    ...(prepare && { prepare }),
    async submit() {
      submissions += 1;
      return typeof submitted === 'function' ? submitted() : submitted;
    },
    async fetch({ modelsLabId }) {
      const atMs = clock.monotonic() - startedAt;
      polls.push(atMs);
      return fetched(atMs, modelsLabId);
    },
    readReport: () => ({ kind: 'unintelligible' }),
    isAvailable: () => true,
    close: async () => undefined,
  };
  const logs = captureLog();
  const dueClock = createDueClock(database, clock);
  const schedule = createSqliteSchedule(database, 'late_polls', dueClock);
  let scheduleReads = 0;
  const latePolls: LatePollSchedule = {
    ...schedule,
    take(...request) {
      scheduleReads += 1;
      return schedule.take(...request);
    },
  };
  const outbox = createSqliteOutbox(database, dueClock);
  const shared = {
    store,
    swapIndex: createSqliteSwapIndex(database),
    pubsub: createMemoryPubSub(unexpected),
    provider,
    clock,
    policy,
    log: logs.log,
    failpoint: () => undefined,
    outbox,
    latePolls,
  };
  const { swapIndex } = shared;
  const kept: string[] = [];
  const late = createLateResults({
    ...shared,
    dueNow: dueClock.now,
    isShared,
    onKept: (source) => kept.push(source),
  });
  const transitions = createTransitions({ ...shared, late });
  const startLate = () => {
    onTestFinished(() => Promise.all([late.close(), clock.advance(2000)]).then(() => undefined));
    late.start();
    return late;
  };
  const learnedOf = createDurationsByOperation();
  const runner = createSwapRunner({
    ...shared,
    queue: { pauses: async () => pauses },
    transitions,
    late,
    learnedOf,
    webhookUrl: () => '',
  });
  const complete = createWebhookHandler({ ...shared, transitions, late });

  const addSwap = async (request: Partial<SingleFaceSwapRequest> = {}): Promise<QueuedSwap> => {
    const swap = queuedSwap(
      crypto.randomUUID(),
      'ann',
      { ...images, watermark: true, ...request },
      clock.now(),
    );
    await store.create(swap, { fingerprint: '' });
    return swap;
  };
  const swap = await addSwap(options.request);
  const abort = new AbortController();
  /** How the run used its slot. */
  const slotCalls: string[] = [];
  const slot: RunSlot = {
    isHeld: async () => true,
    accepted: () => undefined,
    async release() {
      slotCalls.push('release');
    },
    async reclaim() {
      slotCalls.push('reclaim');
    },
  };
  return {
    ...shared,
    swap,
    addSwap,
    complete: (report: Parameters<typeof complete>[1], id = swap.id) => complete(id, report),
    late,
    startLate,
    kept,
    logs,
    learned: learnedOf(swap.request),
    polls,
    abort,
    slotCalls,
    run: (more: Partial<RunSlot> = {}, id = swap.id) => runner.run(id, abort.signal, { ...slot, ...more }),
    link: (modelsLabId: string) => swapIndex.link(swap.id, modelsLabId),
    read: (id = swap.id) => store.get(id),
    submissions: () => submissions,
    /** How often the late-result loop checked for due polls. */
    scheduleReads: () => scheduleReads,
  };
}
