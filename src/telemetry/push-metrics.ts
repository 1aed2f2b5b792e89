import { Gauge, Histogram, type Registry } from 'prom-client';
import { createCounter, type LabeledCounter } from './counter.js';
import { metricPrefix } from './metric-prefix.js';

/** Metrics of incoming webhooks and of events sent to subscribers. Times are in milliseconds. */
export interface PushMetrics {
  webhook: LabeledCounter;
  webhookToPush(ms: number): void;
  endToPush(ms: number): void;
  followSubscriptions(count: () => number): void;
}

const pushBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

export function createPushMetrics(registry: Registry): PushMetrics {
  let countSubscriptions = (): number => 0;
  const registers = [registry];
  const webhook = createCounter(registry, {
    name: `${metricPrefix}webhooks_total`,
    help: "ModelsLab's webhooks: accepted; duplicate: the swap had already finished; refused: wrong token, too large, or overload; unknown: the swap no longer exists; unconfirmed: the response was 503, or 202 if the body was unreadable.",
    labelNames: ['outcome'],
    known: [['accepted'], ['duplicate'], ['refused'], ['unknown'], ['unconfirmed']],
  });
  const webhookToPush = new Histogram({
    name: `${metricPrefix}webhook_to_push_seconds`,
    help: 'From receiving a webhook completely to writing the finished swap to the socket of a subscriber. Measured only if both are on this instance.',
    buckets: pushBuckets,
    registers,
  });
  const endToPush = new Histogram({
    name: `${metricPrefix}swap_end_to_push_seconds`,
    help: 'From the end of a swap, on any instance and for any reason, to writing it to the socket of a subscriber. Across instances it includes the difference between their clocks.',
    buckets: pushBuckets,
    registers,
  });
  new Gauge({
    name: `${metricPrefix}subscriptions`,
    help: 'Active subscriptions on this instance.',
    registers,
    collect() {
      this.set(countSubscriptions());
    },
  });
  return {
    webhook,
    webhookToPush: (ms) => webhookToPush.observe(ms / 1000),
    endToPush: (ms) => endToPush.observe(ms / 1000),
    followSubscriptions(count) {
      countSubscriptions = count;
    },
  };
}
