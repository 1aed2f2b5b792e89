import { showRounds } from '../measure/format.ts';
import { percentile, summarize } from '../measure/statistics.ts';
import type { ScenarioResult, Table, Target } from '../scenario.ts';
import type { FanOut } from './push-fan-out.ts';
import type { PushLatency } from './push-latency.ts';
import type { MemoryOfSubscriptions } from './push-memory.ts';
import type { Storm } from './push-storm.ts';
import { gatewayName, limitName } from './push-targets.ts';

/** Measurements of one server, over all passes. */
export interface PushResults {
  fanOuts: FanOut[];
  latencies: PushLatency[];
  memory: MemoryOfSubscriptions[];
  latenciesOfMany: PushLatency[];
  storms: Storm[];
}

export const noResults = (): PushResults => ({
  fanOuts: [],
  latencies: [],
  memory: [],
  latenciesOfMany: [],
  storms: [],
});

type Column = [heading: string, cell: (results: PushResults) => string];

export function presentPushes(
  results: ReadonlyMap<string, PushResults>,
  fewer: number,
  many: number,
): ScenarioResult {
  const table = (title: string, note: string, columns: Column[]): Table => ({
    title,
    note,
    columns: ['server', ...columns.map(([heading]) => heading)],
    rows: [...results].map(([name, measured]) => [name, ...columns.map(([, cell]) => cell(measured))]),
  });
  return {
    tables: [
      table(
        `Pushes: one event to ${fewer} subscribers of one swap`,
        'The end of a swap: the last state and `complete` to each, one subscription per socket. The limit sends the same messages, prepared except for the id of the subscription. Measured from publication: receiving and storing the webhook that causes it are not included.',
        [
          ['server, CPU ms', ({ fanOuts }) => showRounds(fanOuts.map(({ serverMs }) => serverMs))],
          ['last one received, ms', ({ fanOuts }) => showRounds(fanOuts.map(({ lastToldMs }) => lastToldMs))],
        ],
      ),
      table(
        `Pushes: ${fewer} live, each on its own swap, one event at a time`,
        'From publication until the subscriber has read the push.',
        latencyColumns(({ latencies }) => latencies.map(({ fromPublication }) => fromPublication)),
      ),
      table(
        `Pushes: ${many} live`,
        `Memory after a full garbage collection, minus what the server used before; before that, ${many} swaps in progress, and connections opened and closed. "Webhook" is from sending it until the subscriber has read the push, which includes more than from receipt to write. Then all connections drop at the same moment and reconnect at once: time until each subscription has received its first push again, while HTTP reads continue, one every 5 ms, over at most 50 connections, most of them opened at that moment too.`,
        [
          ['resident KB each', ({ memory }) => showRounds(memory.map(({ residentKb }) => residentKb))],
          ['heap KB each', ({ memory }) => showRounds(memory.map(({ heapKb }) => heapKb))],
          ...latencyColumns(
            ({ latenciesOfMany }) => latenciesOfMany.map(({ fromPost }) => fromPost),
            'webhook ',
          ),
          ['all live again, ms', ({ storms }) => showRounds(storms.map(({ allLiveMs }) => allLiveMs))],
          ['HTTP p99 during that, ms', ({ storms }) => showRounds(storms.map(({ httpP99Ms }) => httpP99Ms))],
          ['reads refused', ({ storms }) => counts(storms.map(({ refused }) => refused))],
          ['connections retried', ({ storms }) => counts(storms.map(({ retries }) => retries))],
        ],
      ),
    ],
    targets: targets(results, fewer, many),
  };
}

const counts = (values: number[]): string => values.join(', ');

function latencyColumns(latenciesOf: (results: PushResults) => number[], prefix = ''): Column[] {
  return [0.5, 0.99].map((share) => [
    `${prefix}p${share * 100}, ms`,
    (results) => percentile(latenciesOf(results), share).toFixed(2),
  ]);
}

function targets(results: ReadonlyMap<string, PushResults>, fewer: number, many: number): Target[] {
  const own = results.get(gatewayName) ?? noResults();
  const limit = results.get(limitName) ?? noResults();
  const median = (values: number[]): number => summarize(values).median;
  const ratio = (measure: (results: PushResults) => number): number => measure(own) / measure(limit);
  const published = ({ latencies }: PushResults): number[] =>
    latencies.map((latency) => latency.fromPublication);
  const posted = own.latenciesOfMany.map(({ fromPost }) => fromPost);
  const target = (what: string, measured: number, most: number, unit: string): Target => ({
    what,
    measured,
    limit: most,
    better: 'less',
    unit,
  });
  return [
    target(
      `server time, one event to ${fewer} subscribers, gateway : raw ws`,
      ratio(({ fanOuts }) => median(fanOuts.map(({ serverMs }) => serverMs))),
      1.5,
      '×',
    ),
    ...[0.5, 0.99].map((share) =>
      target(
        `publish → receive, ${fewer} live, p${share * 100}, gateway : raw ws`,
        ratio((measured) => percentile(published(measured), share)),
        1.5,
        '×',
      ),
    ),
    target(
      `memory per live subscription, ${many}`,
      median(own.memory.map(({ residentKb, heapKb }) => Math.max(residentKb, heapKb))),
      15,
      'KB',
    ),
    target(`webhook POST → push, ${many} live, p50`, percentile(posted, 0.5), 2, 'ms'),
    target(`webhook POST → push, ${many} live, p99`, percentile(posted, 0.99), 10, 'ms'),
    target(
      `${many} clients come back: all live`,
      median(own.storms.map(({ allLiveMs }) => allLiveMs)),
      3000,
      'ms',
    ),
    target(
      'HTTP p99 while clients come back',
      median(own.storms.map(({ httpP99Ms }) => httpP99Ms)),
      200,
      'ms',
    ),
  ];
}
