import { Counter, type Registry } from 'prom-client';

export interface TallyOptions {
  name: string;
  help: string;
  labelNames: readonly string[];
  /** Label values that are shown as 0 before they first occur, so that a rate has something to start from. */
  known?: readonly (readonly string[])[];
}

/** Counts one. @param values of the labels, in their order; must come from a small fixed set */
export type Tally = (...values: string[]) => void;

/**
 * A counter for hot paths: prom-client validates and hashes the labels at each step, even of a bound child, so steps are
 * kept as plain numbers and handed over when the metrics are read.
 */
export function createTally(registry: Registry, { name, help, labelNames, known = [] }: TallyOptions): Tally {
  const steps = new Map<string, { labels: Record<string, string>; count: number }>();

  const stepsOf = (values: readonly string[]): { count: number } => {
    const key = values.length === 1 ? (values[0] as string) : values.join('\n');
    let entry = steps.get(key);
    if (!entry) {
      const labels = Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? '']));
      entry = { labels, count: 0 };
      steps.set(key, entry);
    }
    return entry;
  };
  for (const values of known) stepsOf(values);

  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      for (const entry of steps.values()) {
        this.inc(entry.labels, entry.count);
        entry.count = 0;
      }
    },
  });
  return (...values) => {
    stepsOf(values).count += 1;
  };
}
