import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { createCounter } from './counter.js';
import { metricPrefix } from './metric-prefix.js';

/** What happens to swaps on this instance. Times are milliseconds. */
export interface SwapMetrics {
  accepted(): void;
  refused(code: string): void;
  submitting(waitedMs: number): void;
  polled(outcome: string): void;
  ended(status: string, errorCode: string | undefined, lastedMs: number): void;
  lateResult(source: string): void;
}

export interface QueueSource {
  slots: number;
  counts(): Promise<{ waiting: number; running: number; unresolved: number }>;
}

const waitBuckets = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900];
const lifeBuckets = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1500];

/** @param errorCodes of FAILED swaps, all there are */
export function createSwapMetrics(registry: Registry, errorCodes: readonly string[]): SwapMetrics {
  const registers = [registry];
  const accepted = new Counter({
    name: `${metricPrefix}swaps_accepted_total`,
    help: 'Swaps that this instance accepted; requests that found an earlier swap are none.',
    registers,
  });
  const refused = createCounter(registry, {
    name: `${metricPrefix}swaps_refused_total`,
    help: 'Swaps that were not accepted: QUEUE_FULL, RATE_LIMITED (swaps a day), UNAVAILABLE (store).',
    labelNames: ['code'],
    known: [['QUEUE_FULL'], ['RATE_LIMITED'], ['UNAVAILABLE']],
  });
  const ended = createCounter(registry, {
    name: `${metricPrefix}swaps_ended_total`,
    help: 'Swaps that this instance ended, by their last status; error_code is empty unless FAILED.',
    labelNames: ['status', 'error_code'],
    known: [
      ['SUCCEEDED', ''],
      ['CANCELED', ''],
      ['EXPIRED', ''],
      ...errorCodes.map((code) => ['FAILED', code]),
    ],
  });
  const life = new Histogram({
    name: `${metricPrefix}swap_duration_seconds`,
    help: 'From the acceptance of a swap to its end.',
    labelNames: ['status'],
    buckets: lifeBuckets,
    registers,
  });
  const wait = new Histogram({
    name: `${metricPrefix}swap_wait_seconds`,
    help: 'From the acceptance of a swap to its submission, in a slot; once more for each time ModelsLab handed it back.',
    buckets: waitBuckets,
    registers,
  });
  const polls = createCounter(registry, {
    name: `${metricPrefix}polls_total`,
    help: 'Times that ModelsLab was asked for a swap whose webhook had not come, by what it said.',
    labelNames: ['outcome'],
    known: [['succeeded'], ['processing'], ['failed'], ['unintelligible'], ['unavailable']],
  });
  const lateResults = createCounter(registry, {
    name: `${metricPrefix}late_results_total`,
    help: 'Results that arrived within 24 hours after their swap had failed and were kept, by source.',
    labelNames: ['source'],
    known: [['webhook'], ['poll'], ['response']],
  });
  return {
    accepted: () => accepted.inc(),
    refused,
    submitting: (waitedMs) => wait.observe(waitedMs / 1000),
    polled: polls,
    lateResult: lateResults,
    ended(status, errorCode = '', lastedMs) {
      ended(status, errorCode);
      life.observe({ status }, lastedMs / 1000);
    },
  };
}

/** Gauges of the queue, read when they are asked for. They are left out while the queue cannot be reached. */
export function addQueueGauges(registry: Registry, { slots, counts }: QueueSource): void {
  const registers = [registry];
  const whole =
    'With REDIS_URL of the whole deployment, the same on each instance: take the max, not the sum.';
  const add = (name: string, help: string, read: () => number | Promise<number>): void => {
    new Gauge({
      name: `${metricPrefix}${name}`,
      help: `${help} ${whole}`,
      registers,
      async collect() {
        try {
          this.set(await read());
        } catch {
          this.remove();
        }
      },
    });
  };
  add('queue_waiting', 'Swaps that wait for a slot.', async () => (await counts()).waiting);
  add(
    'queue_slots_used',
    'Slots that are taken by swaps at ModelsLab.',
    async () => (await counts()).running,
  );
  add(
    'queue_unresolved',
    'Submissions without a slot: their outcome stayed unknown for longer than UNKNOWN_SLOT_MS.',
    async () => (await counts()).unresolved,
  );
  add('queue_slots', 'Slots there are (MODELSLAB_QUEUE_LIMIT).', () => slots);
}
