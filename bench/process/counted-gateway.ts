/**
 * The gateway as started by `main.ts`, counting the pages of each of its transactions and recording its statements: `node
 * bench/process/counted-gateway.ts`, from the project's root. The message `begin` starts a count; `end` saves the statements to
 * `STATEMENTS_FILE`, with a mark at the beginning of the count. The response to both is the pages since the last message.
 */
import { openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { createGateway } from '../../src/app/gateway.ts';
import type { readConfig } from '../../src/config/config.ts';
import type { createLogger } from '../../src/telemetry/logger.ts';
import { recordStatements } from '../instruments/statement-recorder.ts';

const recorder = recordStatements();

const load = (module: string) => import(`../../dist/src/${module}`);
const config = (await load('config/config.js')) as { readConfig: typeof readConfig };
const gateways = (await load('app/gateway.js')) as { createGateway: typeof createGateway };
const loggers = (await load('telemetry/logger.js')) as { createLogger: typeof createLogger };

/** Of the write-ahead log; see https://sqlite.org/fileformat2.html#the_write_ahead_log */
const headerBytes = 32;
const frameBytes = 24 + 4096;

const settings = config.readConfig(process.env);
let log: number | undefined;
let position = headerBytes;
let salt = '';
let pages: number[] = [];

function readSalt(at: number): string {
  const bytes = Buffer.alloc(8);
  return readSync(log ?? 0, bytes, 0, 8, at) === 8 ? bytes.toString('hex') : '';
}

function countPages(): void {
  log ??= openSync(join(settings.dataDir, 'gateway.sqlite-wal'), 'r');
  const current = readSalt(16);
  // The log was restarted.
  if (current !== salt) position = headerBytes;
  salt = current;
  let count = 0;
  for (; readSalt(position + 8) === salt; position += frameBytes) count += 1;
  if (count > 0) pages.push(count);
}

const logger = loggers.createLogger('info');
const gateway = await gateways.createGateway(settings, logger, {
  failpoint(name) {
    if (name === 'after-commit-before-sync') countPages();
  },
});
process.on('message', (message) => {
  if (message === 'begin') recorder.mark();
  else recorder.save(process.env['STATEMENTS_FILE'] ?? '');
  process.send?.(pages);
  pages = [];
});
process.on('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
