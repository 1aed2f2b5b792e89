import { randomUUID } from 'node:crypto';
import type { Sandbox } from '../../sandbox/sandbox.js';
import type { Config } from '../config/config.js';
import { createCachingLookup } from '../lib/caching-lookup.js';
import { createModelsLabClient, type ModelsLabClientOptions } from '../providers/modelslab/client.js';
import type { FaceSwapProvider, SwapLog } from '../swap/ports.js';

/** What does the swaps: ModelsLab, or the sandbox in its place. */
export interface ConnectedProvider {
  mode: 'LIVE' | 'SANDBOX';
  /** Where the sandbox listens; undefined when LIVE. */
  sandboxUrl: string | undefined;
  provider: FaceSwapProvider;
  close(): Promise<void>;
}

export type ProviderObserver = Pick<ModelsLabClientOptions, 'onCall' | 'onUnexpected'>;

/**
 * Without an API key the sandbox is started in this process, on a free port of the loopback interface.
 *
 * @param observer called for every call and every unexpected response
 * @param running a sandbox to use instead, which takes any key and is not closed with the gateway
 */
export async function connectProvider(
  config: Config,
  log: SwapLog,
  observer: ProviderObserver,
  running?: Sandbox,
): Promise<ConnectedProvider> {
  const { submitTimeoutMs, fetchTimeoutMs } = config;
  if (config.modelsLabApiKey) {
    const provider = createModelsLabClient({
      apiKey: config.modelsLabApiKey.reveal(),
      baseUrl: config.modelsLabBaseUrl,
      lookup: createCachingLookup(),
      log,
      onCall: observer.onCall,
      onUnexpected: observer.onUnexpected,
      submitTimeoutMs,
      fetchTimeoutMs,
    });
    return { mode: 'LIVE', sandboxUrl: undefined, provider, close: provider.close };
  }
  const { createSandbox } = await import('../../sandbox/sandbox.js');
  const apiKey = randomUUID();
  const options = { apiKey, queueLimit: config.queueLimit, publicUrl: publicOrigin(config) };
  const sandbox = running ?? (await createSandbox(options));
  const provider = createModelsLabClient({
    apiKey,
    baseUrl: sandbox.baseUrl,
    log,
    onCall: observer.onCall,
    onUnexpected: observer.onUnexpected,
    submitTimeoutMs,
    fetchTimeoutMs,
  });
  return {
    mode: 'SANDBOX',
    sandboxUrl: sandbox.url,
    provider,
    async close() {
      await provider.close();
      if (!running) await sandbox.close();
    },
  };
}

/** Under which the gateway serves the sandbox's pictures; unknown before it listens when any free port will do. */
function publicOrigin({ publicUrl, host, port }: Config): string | undefined {
  if (publicUrl !== undefined || port === 0) return publicUrl;
  const isAnyAddress = host === '0.0.0.0' || host === '::';
  return `http://${isAnyAddress ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
}
