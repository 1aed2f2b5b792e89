import { randomUUID } from 'node:crypto';
import type { Config } from './config.js';
import { createModelsLabClient, type ModelsLabClient } from './modelslab/modelslab-client.js';
import type { SwapLog } from './swap/ports.js';

/** What does the swaps: ModelsLab, or the sandbox in its place. */
export interface Upstream {
  mode: 'LIVE' | 'SANDBOX';
  provider: ModelsLabClient;
  close(): Promise<void>;
}

/** Without an API key the sandbox is started in this process, on a free port of the loopback interface. */
export async function connectUpstream(config: Config, log: SwapLog): Promise<Upstream> {
  if (config.modelsLabApiKey) {
    const provider = createModelsLabClient({
      apiKey: config.modelsLabApiKey.reveal(),
      baseUrl: config.modelsLabBaseUrl,
      log,
    });
    return { mode: 'LIVE', provider, close: provider.close };
  }
  const { createSandbox } = await import('./sandbox/sandbox.js');
  const apiKey = randomUUID();
  const sandbox = await createSandbox({ apiKey, queueLimit: config.queueLimit });
  const provider = createModelsLabClient({ apiKey, baseUrl: sandbox.baseUrl, log });
  return {
    mode: 'SANDBOX',
    provider,
    async close() {
      await provider.close();
      await sandbox.close();
    },
  };
}
