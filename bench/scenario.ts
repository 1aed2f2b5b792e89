/** A table of the report, cells ready to print. */
export interface Table {
  title: string;
  columns: string[];
  rows: string[][];
  /** What one has to know to read it. */
  note?: string;
}

/** One line of the table of targets. */
export interface Target {
  what: string;
  /** What was measured, in the unit of `limit`. */
  measured: number;
  limit: number;
  /** Whether more than `limit` is wanted, or less. */
  better: 'more' | 'less';
  unit: string;
}

export interface ScenarioResult {
  tables: Table[];
  targets: Target[];
}

/** What every scenario gets. */
export interface Bench {
  /** Fewer and shorter rounds: shows that everything works, not how fast it is. */
  isQuick: boolean;
  /** The first value, or with `--quick` the second. */
  pick<T>(full: T, quick: T): T;
  /** A new folder, removed at the end. */
  folder(name: string): string;
  /** Makes sure that a process ends with the bench, however that ends. */
  own<T extends { stop(): Promise<void> }>(process: T): T;
  log(line: string): void;
}

export type Scenario = (bench: Bench) => Promise<ScenarioResult>;
