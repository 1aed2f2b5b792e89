/**
 * The upper bound for the same SQLite work: replays the statements of a recorded gateway with their values, in the same
 * transactions, each synced, and does nothing else. `node peers/replayed-statements.ts FOLDER` reads `statements.jsonl` and
 * prints the seconds that the statements after the mark took.
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { RecordedCall } from '../instruments/statement-recorder.ts';

const [folder = ''] = process.argv.slice(2);
const calls: RecordedCall[] = [];
const lines = createInterface({ input: createReadStream(join(folder, 'statements.jsonl')) });
for await (const line of lines) calls.push(JSON.parse(line) as RecordedCall);

const db = new DatabaseSync(join(folder, 'replayed.sqlite'), { timeout: 0 });
const statements: StatementSync[] = [];
let startedAt = Number.NaN;
for (const call of calls) {
  if ('run' in call) {
    const statement = statements[call.run];
    if (!statement) throw new Error(`statement ${call.run} was not prepared`);
    statement[call.how](...(call.parameters as SQLInputValue[]));
  } else if ('prepare' in call) statements.push(db.prepare(call.prepare));
  else if ('exec' in call) db.exec(call.exec);
  else {
    // Under load, the gateway itself syncs right after each commit.
    db.exec('PRAGMA synchronous = FULL');
    startedAt = performance.now();
  }
}
const seconds = (performance.now() - startedAt) / 1000;
db.close();
console.log(`seconds ${seconds}`);
