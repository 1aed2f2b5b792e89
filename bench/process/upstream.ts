import { join } from 'node:path';
import type { Bench } from '../scenario.ts';
import { type Server, startServer } from './child.ts';

/** Starts the stub of ModelsLab on the load's core. */
export async function startUpstream(bench: Bench): Promise<Server> {
  const logPath = join(bench.folder('upstream'), 'log');
  return bench.own(await startServer('upstream/main.ts', { core: 'load', env: {}, logPath }));
}
