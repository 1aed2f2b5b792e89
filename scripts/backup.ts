/**
 * Backs up the database of a running gateway: npm run backup -- FILE. The gateway makes the copy, since it has the database locked, and
 * sends it through its admin port. FILE is replaced only by a backup that is complete and has been checked.
 *
 * See `callAdministration` for the settings that it reads.
 */
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { callAdministration, explain, fail } from './admin-client.ts';

const [file] = process.argv.slice(2);

if (!file) fail('usage: npm run backup -- FILE');
const path = resolve(file);
const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
process.on('exit', () => rmSync(partial, { force: true }));

try {
  const response = await callAdministration('POST', '/backup');
  if (response.status === 404) fail('the gateway makes no backups: Redis is backed up by its own means');
  if (!response.ok || !response.body)
    fail(`the gateway made no backup (${response.status}): ${await response.text()}`);
  const output = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(Readable.fromWeb(response.body as never), output);
  const { swaps, open, takenAt } = check();
  renameSync(partial, path);
  console.log(
    `${path}: ${output.bytesWritten} bytes, ${swaps} swaps (${open} open), as of ${new Date(takenAt).toISOString()}. ` +
      'It holds secrets and personal data.',
  );
} catch (error) {
  fail(`no backup: ${explain(error)}`);
}

/** @throws Error for a file that is damaged, or not the backup of a gateway */
function check(): { swaps: number; open: number; takenAt: number } {
  const db = new DatabaseSync(partial, { readOnly: true });
  const read = (query: string): unknown => Object.values(db.prepare(query).get() ?? {})[0];
  try {
    const problem = read('PRAGMA integrity_check(1)');
    if (problem !== 'ok') throw new Error(`the transferred file is damaged: ${String(problem)}`);
    return {
      takenAt: Number(read("SELECT value FROM restored_backup WHERE name = 'taken-at'")),
      swaps: Number(read('SELECT count(*) FROM swaps')),
      open: Number(read('SELECT count(*) FROM swaps WHERE expires_at IS NULL')),
    };
  } finally {
    db.close();
  }
}
