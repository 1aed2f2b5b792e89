import { Gauge, Histogram, type Registry } from 'prom-client';
import type { AccountFacts } from '../swap/provider-account.js';
import { createCounter } from './counter.js';
import { metricPrefix } from './metric-prefix.js';

/** One call to ModelsLab. `ms` is undefined if it was not sent. */
export interface ObservedCall {
  call: string;
  outcome: string;
  ms?: number;
}

const callBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60];

const unexpectedKinds = [
  'unreadable',
  'incomplete',
  'contradiction',
  'redirect',
  'repaired',
  'wrapped',
  'status',
  'output',
];

/** @returns a function that counts responses from ModelsLab that deviate from its documentation */
export function createUnexpectedMetric(
  registry: Registry,
): (response: { where: string; kind: string }) => void {
  const responses = createCounter(registry, {
    name: `${metricPrefix}modelslab_unexpected_responses_total`,
    help: 'Responses and webhooks from ModelsLab that deviate from its documentation, by where (submit, fetch, webhook) and kind. Most are understood anyway; the first one per swap is logged.',
    labelNames: ['where', 'kind'],
    known: ['submit', 'fetch', 'webhook'].flatMap((where) => unexpectedKinds.map((kind) => [where, kind])),
  });
  return ({ where, kind }) => responses(where, kind);
}

/** @returns a function that counts calls to ModelsLab */
export function createUpstreamMetrics(registry: Registry): (call: ObservedCall) => void {
  const calls = createCounter(registry, {
    name: `${metricPrefix}modelslab_calls_total`,
    help: 'Calls to ModelsLab (submit, fetch, erase), by outcome. no_answer: refused, aborted or timed out; not_sent: held back by the circuit breaker; of erase, refused: ModelsLab does not delete the result, unavailable: repeated later.',
    labelNames: ['call', 'outcome'],
    known: [
      ...['processing', 'succeeded', 'failed', 'not_accepted', 'unknown', 'no_answer', 'not_sent'].map(
        (outcome) => ['submit', outcome],
      ),
      ...['processing', 'succeeded', 'failed', 'unintelligible', 'unavailable', 'no_answer'].map(
        (outcome) => ['fetch', outcome],
      ),
      ...['erased', 'refused', 'unavailable'].map((outcome) => ['erase', outcome]),
    ],
  });
  const duration = new Histogram({
    name: `${metricPrefix}modelslab_call_duration_seconds`,
    help: 'Duration of calls to ModelsLab, including those without a response.',
    labelNames: ['call'],
    buckets: callBuckets,
    registers: [registry],
  });
  return ({ call, outcome, ms }) => {
    calls(call, outcome);
    if (ms !== undefined) duration.observe({ call }, ms / 1000);
  };
}

/** Gauges of the account, omitted while nothing is known. */
export function addAccountGauges(registry: Registry, readFacts: () => AccountFacts): void {
  const add = (name: string, help: string, read: (facts: AccountFacts) => number | undefined): void => {
    new Gauge({
      name: `${metricPrefix}${name}`,
      help: `${help} Missing without ACCOUNT_CHECKS, and while ModelsLab does not tell. With REDIS_URL: aggregate with max, not sum.`,
      registers: [registry],
      collect() {
        const value = read(readFacts());
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  };
  add(
    'modelslab_wallet_balance',
    "The ModelsLab account's balance, in its currency.",
    ({ balance }) => balance,
  );
  add(
    'modelslab_account_processing',
    'Generations in the queue of the ModelsLab account, including those of other programs.',
    ({ processing }) => processing,
  );
}

export function addBreakerGauge(registry: Registry, isAvailable: () => boolean): void {
  new Gauge({
    name: `${metricPrefix}modelslab_breaker_open`,
    help: '1 while the circuit breaker holds submissions back or sends one as a probe, otherwise 0.',
    registers: [registry],
    collect() {
      this.set(isAvailable() ? 0 : 1);
    },
  });
}
