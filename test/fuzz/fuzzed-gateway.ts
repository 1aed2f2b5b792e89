/**
 * A gateway whose ModelsLab is UPSTREAM_URL, with loopback addresses permitted as for the sandbox. On SIGUSR2 it
 * collects garbage and prints the memory in use. Node.js runs this file from source, on top of the compiled program in
 * `dist/`.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { createGateway } from '../../src/app/gateway.ts';
import type { readConfig } from '../../src/config/config.ts';
import type { createLogger } from '../../src/telemetry/logger.ts';

const load = (module: string) => import(`../../dist/src/${module}`);
const config = (await load('config/config.js')) as { readConfig: typeof readConfig };
const gateways = (await load('app/gateway.js')) as { createGateway: typeof createGateway };
const loggers = (await load('telemetry/logger.js')) as { createLogger: typeof createLogger };

const url = String(process.env['UPSTREAM_URL']);
const log = loggers.createLogger('error');
const gateway = await gateways.createGateway(config.readConfig(process.env), log, {
  acceptsLoopback: true,
  sandbox: {
    url,
    baseUrl: `${url}/api/v6/deepfake`,
    submissions: () => [],
    peakQueued: () => 0,
    injected: () => ({}),
    setFaults: () => undefined,
    setAccount: () => undefined,
    account: () => ({
      balance: null,
      price: 1,
      answers: 'documented',
      requests: { request_count: 0, wallet_balance: 0 },
    }),
    readPicture: () => undefined,
    next: () => undefined,
    close: async () => undefined,
  },
});
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ memory: heapUsed + external, rss })}\n`);
});
process.on('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ url: gateway.url, msg: `ready at ${gateway.url}` })}\n`);
