/**
 * Backs up the database of a running gateway: npm run backup -- FILE. The gateway makes the copy, since it has the database locked, and
 * sends it through its admin port. FILE is replaced only by a backup that is complete and has been checked.
 *
 * ADMIN_URL, or ADMIN_PORT on this machine, and ADMIN_TOKEN are read from the environment and .env.
 */
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const { ADMIN_URL, ADMIN_PORT, ADMIN_TOKEN } = process.env;
const url = ADMIN_URL || (ADMIN_PORT && `http://127.0.0.1:${ADMIN_PORT}`);
const [file] = process.argv.slice(2);

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

if (!file) fail('usage: npm run backup -- FILE');
if (!url || !ADMIN_TOKEN) fail('ADMIN_PORT (or ADMIN_URL) and ADMIN_TOKEN must be set as for the gateway');
const path = resolve(file);
const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
process.on('exit', () => rmSync(partial, { force: true }));

try {
  const response = await fetch(`${url.replace(/\/+$/, '')}/backup`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    redirect: 'error',
  });
  if (!response.ok || !response.body)
    fail(`the gateway made no backup (${response.status}): ${await response.text()}`);
  const output = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(Readable.fromWeb(response.body as never), output);
  const bytes = Number(response.headers.get('content-length'));
  if (output.bytesWritten !== bytes)
    fail(`the transfer broke off after ${output.bytesWritten} of ${bytes} bytes`);
  const copy = new DatabaseSync(partial, { readOnly: true });
  const [problem] = Object.values(copy.prepare('PRAGMA integrity_check(1)').get() ?? {});
  copy.close();
  if (problem !== 'ok') fail(`the backup is damaged: ${String(problem)}`);
  renameSync(partial, path);
  const { swaps, openSwaps, takenAt } = JSON.parse(response.headers.get('x-backup') ?? '{}');
  console.log(
    `${path}: ${bytes} bytes, ${swaps} swaps (${openSwaps} open), as of ${new Date(takenAt).toISOString()}. It holds secrets and personal data.`,
  );
} catch (error) {
  const { message, cause } = error as Error;
  fail(`no backup: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`);
}
