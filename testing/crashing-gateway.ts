/**
 * Runs the gateway like `main.ts`, but sends itself a SIGKILL the CRASH_AFTER-th time (default 1) that it reaches the
 * failpoint CRASH_AT. SIGHUP sets its clock 11 minutes ahead, then 11 minutes back, then right again, and so on;
 * SIGUSR2 makes its disk slow for a while, SIGWINCH the disk of its archive full, and SIGIO cuts its network. Node.js runs this file from source, on top of the compiled program in
 * `dist/`.
 */
import { writeSync } from 'node:fs';
import type { createGateway } from '../src/app/gateway.ts';
import type { readConfig } from '../src/config/config.ts';
import type { systemClock } from '../src/lib/clock.ts';
import type { createLogger } from '../src/telemetry/logger.ts';
import { cutEgressOn } from './cut-egress.ts';
import { fullDiskOn } from './full-disk.ts';
import { slowDiskOn } from './slow-disk.ts';

slowDiskOn('SIGUSR2');
fullDiskOn('SIGWINCH');
cutEgressOn('SIGIO');
const load = (module: string) => import(`../dist/src/${module}`);
const config = (await load('config/config.js')) as { readConfig: typeof readConfig };
const gateways = (await load('app/gateway.js')) as { createGateway: typeof createGateway };
const loggers = (await load('telemetry/logger.js')) as { createLogger: typeof createLogger };

const crashAt = process.env['CRASH_AT'];
const clockErrorsMs = [0, 11 * 60_000, -11 * 60_000];
process.on('SIGHUP', () => void clockErrorsMs.push(clockErrorsMs.shift() ?? 0));
const clocks = (await load('lib/clock.js')) as { systemClock: typeof systemClock };
let visitsLeft = Number(process.env['CRASH_AFTER'] ?? 1);
const log = loggers.createLogger('info');
const gateway = await gateways.createGateway(config.readConfig(process.env), log, {
  clock: { ...clocks.systemClock, now: () => Date.now() + (clockErrorsMs[0] ?? 0) },
  failpoint(name) {
    if (name !== crashAt) return;
    visitsLeft -= 1;
    if (visitsLeft > 0) return;
    // Not to stdout, which may be blocked.
    writeSync(2, `${JSON.stringify({ crashAt })}\n`);
    process.kill(process.pid, 'SIGKILL');
  },
});
log.info({ url: gateway.url }, `ready at ${gateway.url}`);
process.on('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
