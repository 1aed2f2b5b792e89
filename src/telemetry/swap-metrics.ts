import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { pauseReasons, type QueuePauses } from '../swap/queue-pause.js';
import { createClientWebhookMetric } from './client-metrics.js';
import { createCounter } from './counter.js';
import type { SwapObserver } from './instrument-system.js';
import { metricPrefix } from './metric-prefix.js';

export interface QueueSource {
  slots: number;
  counts(): Promise<{ waiting: number; running: number; unresolved: number }>;
  pauses: QueuePauses['pauses'];
}

const waitBuckets = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900];
const lifeBuckets = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1500];

/** Metrics of the swaps on this instance. @param errorCodes all error codes of FAILED swaps */
export function createSwapMetrics(registry: Registry, errorCodes: readonly string[]): SwapObserver {
  const registers = [registry];
  const accepted = new Counter({
    name: `${metricPrefix}swaps_accepted_total`,
    help: 'Swaps accepted by this instance. Requests that return an earlier swap do not count.',
    registers,
  });
  const refused = createCounter(registry, {
    name: `${metricPrefix}swaps_refused_total`,
    help: 'Swaps that were rejected: QUEUE_FULL, RATE_LIMITED (daily quota), UNAVAILABLE (store).',
    labelNames: ['code'],
    known: [['QUEUE_FULL'], ['RATE_LIMITED'], ['UNAVAILABLE']],
  });
  const ended = createCounter(registry, {
    name: `${metricPrefix}swaps_ended_total`,
    help: 'Swaps finished by this instance, by terminal status. error_code is empty unless FAILED, or EXPIRED because the account has no credits.',
    labelNames: ['status', 'error_code'],
    known: [
      ['SUCCEEDED', ''],
      ['CANCELED', ''],
      ['EXPIRED', ''],
      ['EXPIRED', 'UPSTREAM_ACCOUNT'],
      ...errorCodes.map((code) => ['FAILED', code]),
    ],
  });
  const duration = new Histogram({
    name: `${metricPrefix}swap_duration_seconds`,
    help: 'From acceptance to the end of a swap.',
    labelNames: ['status'],
    buckets: lifeBuckets,
    registers,
  });
  const wait = new Histogram({
    name: `${metricPrefix}swap_wait_seconds`,
    help: 'From acceptance of a swap to its submission in a slot. Observed again each time ModelsLab did not accept it and it is resubmitted.',
    buckets: waitBuckets,
    registers,
  });
  const polls = createCounter(registry, {
    name: `${metricPrefix}polls_total`,
    help: 'Polls for swaps whose webhook had not arrived, by outcome.',
    labelNames: ['outcome'],
    known: [['succeeded'], ['processing'], ['failed'], ['unintelligible'], ['unavailable']],
  });
  const lateResults = createCounter(registry, {
    name: `${metricPrefix}late_results_total`,
    help: 'Results that arrived within 24 hours after their swap had failed and were stored, by source.',
    labelNames: ['source'],
    known: [['webhook'], ['poll'], ['response']],
  });
  return {
    accepted: () => accepted.inc(),
    refused,
    submitting: (waitedMs) => wait.observe(waitedMs / 1000),
    polled: polls,
    lateResult: lateResults,
    clientWebhook: createClientWebhookMetric(registry),
    ended(status, errorCode = '', lastedMs) {
      ended(status, errorCode);
      duration.observe({ status }, lastedMs / 1000);
    },
  };
}

/** Queue gauges, read at each scrape and omitted while the queue cannot be reached. */
export function addQueueGauges(registry: Registry, { slots, counts, pauses }: QueueSource): void {
  const registers = [registry];
  const aggregation =
    'With REDIS_URL, each instance reports the value for the whole deployment: aggregate with max, not sum.';
  const add = (name: string, help: string, read: () => number | Promise<number>): void => {
    new Gauge({
      name: `${metricPrefix}${name}`,
      help: `${help} ${aggregation}`,
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
  new Gauge({
    name: `${metricPrefix}queue_paused`,
    help: `1 while swaps wait for this reason: OPERATOR, ACCOUNT_CREDITS (ModelsLab refused a swap for lack of credits) or UPSTREAM_BUSY (429); otherwise 0. ${aggregation}`,
    labelNames: ['reason'],
    registers,
    async collect() {
      try {
        const inEffect = new Set((await pauses()).map(({ reason }) => reason));
        for (const reason of pauseReasons) this.set({ reason }, inEffect.has(reason) ? 1 : 0);
      } catch {
        this.reset();
      }
    },
  });
  add('queue_waiting', 'Swaps waiting for a slot.', async () => (await counts()).waiting);
  add('queue_slots_used', 'Slots held by swaps at ModelsLab.', async () => (await counts()).running);
  add(
    'queue_unresolved',
    'Submissions that no longer hold a slot because their outcome has been unknown for longer than UNKNOWN_SLOT_MS.',
    async () => (await counts()).unresolved,
  );
  add('queue_slots', 'Total number of slots (MODELSLAB_QUEUE_LIMIT).', () => slots);
}
