/** A table of the report, with cells ready to print. */
export interface Table {
  title: string;
  columns: string[];
  rows: string[][];
  /** What a reader must know to interpret it. */
  note?: string;
}

/** A row in the table of targets. */
export interface Target {
  what: string;
  /** The measured value, in the unit of `limit`. */
  measured: number;
  limit: number;
  /** Whether the value should be above or below `limit`. */
  better: 'more' | 'less';
  unit: string;
}

export interface ScenarioResult {
  tables: Table[];
  targets: Target[];
}

/** Context of every scenario. */
export interface Bench {
  /** Fewer and shorter rounds: shows that everything works, not how fast it is. */
  isQuick: boolean;
  /** Returns the first value, or with `--quick` the second. */
  pick<T>(full: T, quick: T): T;
  /** A new folder, removed at the end. */
  folder(name: string): string;
  /** Stops the process when the bench ends, however it ends. */
  own<T extends { stop(): Promise<void> }>(process: T): T;
  log(line: string): void;
}

export type Scenario = (bench: Bench) => Promise<ScenarioResult>;
