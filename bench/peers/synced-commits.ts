/**
 * The upper bound for durability: SQLite commits, each synced, with nothing around them. Each writes as many pages as
 * the gateway did in the given batches: `node peers/synced-commits.ts FOLDER`, which contains `batches.json`; reports
 * the seconds.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const [folder = ''] = process.argv.slice(2);
const batches = JSON.parse(readFileSync(join(folder, 'batches.json'), 'utf8')) as number[];
/** Fills a page of 4,096 bytes, so that each changed row is one page of the log. */
const payload = 'x'.repeat(3900);
const rows = 4096;

const db = new DatabaseSync(join(folder, 'commits.sqlite'));
db.exec(`
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE pages (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, payload TEXT NOT NULL);
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO pages SELECT i, 0, '${payload}' FROM n;
  PRAGMA wal_checkpoint(TRUNCATE);
`);
const begin = db.prepare('BEGIN IMMEDIATE');
const update = db.prepare('UPDATE pages SET n = n + 1 WHERE id = ?');
const commit = db.prepare('COMMIT');
let next = 0;
const startedAt = performance.now();
for (const pages of batches) {
  begin.run();
  for (let page = 0; page < pages; page += 1) update.run((next++ % rows) + 1);
  commit.run();
}
const seconds = (performance.now() - startedAt) / 1000;
db.close();
console.log(`seconds ${seconds}`);
