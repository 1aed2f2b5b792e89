import { Counter, type Registry } from 'prom-client';

export interface CounterOptions {
  name: string;
  help: string;
  /** One or two label names. */
  labelNames: readonly string[];
  /** Label values that are exported as 0 before they first occur, so that `rate` and `increase` see the first increment. */
  known?: readonly (readonly string[])[];
}

/** Increments the counter. The arguments are the label values, in the order of the label names, from a small fixed set. */
export type LabeledCounter = (first: string, second?: string) => void;

/**
 * A counter for hot paths. prom-client validates and hashes labels on every increment, even of a bound child, so increments are
 * accumulated as plain numbers and passed to prom-client when the metrics are read.
 */
export function createCounter(
  registry: Registry,
  { name, help, labelNames, known = [] }: CounterOptions,
): LabeledCounter {
  const [firstName = '', secondName] = labelNames;
  const entries = new Map<string, Map<string, { labels: Record<string, string>; increments: number }>>();

  const entryOf = (first: string, second: string): { increments: number } => {
    let row = entries.get(first);
    if (!row) {
      row = new Map();
      entries.set(first, row);
    }
    let entry = row.get(second);
    if (!entry) {
      const labels = { [firstName]: first, ...(secondName !== undefined && { [secondName]: second }) };
      entry = { labels, increments: 0 };
      row.set(second, entry);
    }
    return entry;
  };
  for (const [first = '', second = ''] of known) entryOf(first, second);

  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      for (const row of entries.values()) {
        for (const entry of row.values()) {
          this.inc(entry.labels, entry.increments);
          entry.increments = 0;
        }
      }
    },
  });
  return (first, second = '') => {
    entryOf(first, second).increments += 1;
  };
}
