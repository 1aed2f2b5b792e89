import { writeFileSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/**
 * One call to SQLite, for `peers/replayed-statements.ts`: SQL text, or a prepared statement by its number, the method that ran
 * it, and its parameters. Prepared statements are numbered from 0 in order.
 */
export type RecordedCall =
  | { exec: string }
  | { prepare: string }
  | { run: number; how: 'run' | 'get' | 'all'; parameters: readonly unknown[] }
  /** Only calls after this one are timed. */
  | { mark: true };

export interface StatementRecorder {
  mark(): void;
  /** Writes JSON lines. */
  save(path: string): void;
}

/** Records every statement of this process from now on. Call it before the database is opened. */
export function recordStatements(): StatementRecorder {
  const calls: RecordedCall[] = [];
  let prepared = 0;
  const { exec, prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    calls.push({ exec: sql });
    return exec.call(this, sql);
  };
  DatabaseSync.prototype.prepare = function (sql, ...options) {
    const statement = prepare.call(this, sql, ...options);
    const run = prepared;
    prepared += 1;
    calls.push({ prepare: sql });
    for (const how of ['run', 'get', 'all'] as const) {
      const original = statement[how] as (...parameters: unknown[]) => unknown;
      statement[how] = ((...parameters: unknown[]) => {
        calls.push({ run, how, parameters });
        return original.apply(statement, parameters);
      }) as StatementSync[typeof how] as never;
    }
    return statement;
  };
  return {
    mark: () => void calls.push({ mark: true }),
    save(path) {
      const batchSize = 10_000;
      writeFileSync(path, '');
      for (let from = 0; from < calls.length; from += batchSize) {
        const lines = calls.slice(from, from + batchSize).map((call) => `${JSON.stringify(call)}\n`);
        writeFileSync(path, lines.join(''), { flag: 'a' });
      }
    },
  };
}
