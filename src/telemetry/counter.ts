import { Counter, type Registry } from 'prom-client';

export interface CounterOptions {
  name: string;
  help: string;
  /** One or two. */
  labelNames: readonly string[];
  /** Label values that are shown as 0 before they first occur, so that a rate has something to start from. */
  known?: readonly (readonly string[])[];
}

/** Counts one. What is given are the values of the labels, in their order; they must come from a small fixed set. */
export type LabeledCounter = (first: string, second?: string) => void;

/**
 * A counter for hot paths: prom-client validates and hashes the labels at each step, even of a bound child, so steps are
 * kept as plain numbers and handed over when the metrics are read.
 */
export function createCounter(
  registry: Registry,
  { name, help, labelNames, known = [] }: CounterOptions,
): LabeledCounter {
  const [firstName = '', secondName] = labelNames;
  const entries = new Map<string, Map<string, { labels: Record<string, string>; steps: number }>>();

  const entryOf = (first: string, second: string): { steps: number } => {
    let row = entries.get(first);
    if (!row) {
      row = new Map();
      entries.set(first, row);
    }
    let entry = row.get(second);
    if (!entry) {
      const labels = { [firstName]: first, ...(secondName !== undefined && { [secondName]: second }) };
      entry = { labels, steps: 0 };
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
          this.inc(entry.labels, entry.steps);
          entry.steps = 0;
        }
      }
    },
  });
  return (first, second = '') => {
    entryOf(first, second).steps += 1;
  };
}
