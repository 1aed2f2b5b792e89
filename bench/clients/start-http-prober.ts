import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNode, stopChild, waitFor } from '../process/child.ts';
import type { Bench } from '../scenario.ts';
import type { Sample } from './http-prober.ts';

export interface HttpProber {
  /** Stops it. @returns all requests it sent */
  stop(): Promise<Sample[]>;
}

/** Starts a process that sends this request steadily. Resolves once it has started. */
export async function startHttpProber(bench: Bench, url: string, body: string): Promise<HttpProber> {
  const logPath = join(bench.folder('prober'), 'log');
  const args = [url, body];
  const child = startNode('clients/http-prober.ts', { core: 'load', env: {}, args, logPath, ipc: true });
  bench.own({ stop: () => stopChild(child) });
  await waitFor(child, logPath, () => readFileSync(logPath, 'utf8').includes('ready') || undefined);
  return {
    async stop() {
      child.send('samples');
      const [samples] = (await once(child, 'message')) as [Sample[]];
      await stopChild(child);
      return samples;
    },
  };
}
