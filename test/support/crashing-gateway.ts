/**
 * The gateway as `main.ts` starts it, but for a SIGKILL that it gives itself at the checkpoint named by CRASH_AT, when it
 * comes there for the CRASH_AFTER-th time (1 if not set), and for a disk that is slow for a while after SIGUSR2. Run from
 * source by Node, over the compiled program in `dist/`.
 */
import { writeSync } from 'node:fs';
import type { readConfig } from '../../src/config.ts';
import type { createGateway } from '../../src/gateway.ts';
import type { createLogger } from '../../src/telemetry/logger.ts';
import { slowDiskOn } from './slow-disk.ts';

slowDiskOn('SIGUSR2');
const load = (module: string) => import(`../../dist/src/${module}`);
const config = (await load('config.js')) as { readConfig: typeof readConfig };
const gateways = (await load('gateway.js')) as { createGateway: typeof createGateway };
const loggers = (await load('telemetry/logger.js')) as { createLogger: typeof createLogger };

const crashAt = process.env['CRASH_AT'];
let visitsLeft = Number(process.env['CRASH_AFTER'] ?? 1);
const log = loggers.createLogger('info');
const gateway = await gateways.createGateway(config.readConfig(process.env), log, {
  checkpoint(name) {
    if (name !== crashAt) return;
    visitsLeft -= 1;
    if (visitsLeft > 0) return;
    writeSync(1, `${JSON.stringify({ crashAt })}\n`);
    process.kill(process.pid, 'SIGKILL');
  },
});
log.info({ url: gateway.url }, `ready at ${gateway.url}`);
process.on('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
