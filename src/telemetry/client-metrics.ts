import { Gauge, type Registry } from 'prom-client';
import { createCounter, type LabeledCounter } from './counter.js';
import { metricPrefix } from './metric-prefix.js';

/** @returns a function that counts attempts to deliver client webhooks, by outcome */
export function createClientWebhookMetric(registry: Registry): LabeledCounter {
  return createCounter(registry, {
    name: `${metricPrefix}client_webhooks_total`,
    help: 'Attempts to deliver webhooks to clients, by outcome: delivered; gone: the receiver responded with 410, which ends its deliveries; retry: failed and repeated later; given_up: the last attempt failed.',
    labelNames: ['outcome'],
    known: [['delivered'], ['gone'], ['retry'], ['given_up']],
  });
}

export function addClientsFileGauge(registry: Registry, isValid: () => boolean): void {
  new Gauge({
    name: `${metricPrefix}clients_file_invalid`,
    help: '1 while CLIENTS_FILE is invalid or unreadable, so that its last valid content stays in effect; otherwise 0.',
    registers: [registry],
    collect() {
      this.set(isValid() ? 0 : 1);
    },
  });
}
