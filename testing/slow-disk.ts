import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';

const slowForMs = 2500;
const mostMs = 150;
const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * On `signal`, makes this process's disk slow for a few seconds: each SQLite commit and each fsync takes up to 150 ms
 * longer. Call it before the modules that use them are loaded.
 */
export function slowDiskOn(signal: NodeJS.Signals): void {
  let slowUntil = 0;
  process.on(signal, () => {
    slowUntil = performance.now() + slowForMs;
  });
  const delayMs = (): number => (performance.now() < slowUntil ? Math.random() * mostMs : 0);
  const block = (): void => void Atomics.wait(cell, 0, 0, delayMs());

  const prepare = DatabaseSync.prototype.prepare;
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    const statement = prepare.call(this, sql, ...rest);
    if (sql.trim() !== 'COMMIT') return statement;
    const run = statement.run.bind(statement);
    statement.run = () => {
      block();
      return run();
    };
    return statement;
  };
  const { fsync, fsyncSync } = fs;
  fs.fsync = ((descriptor: number, done: fs.NoParamCallback) =>
    void setTimeout(() => fsync(descriptor, done), delayMs())) as typeof fs.fsync;
  fs.fsyncSync = (descriptor) => {
    block();
    fsyncSync(descriptor);
  };
  syncBuiltinESMExports();
}
