import { randomUUID } from 'node:crypto';
import type { Sandbox } from '../../sandbox/sandbox.js';
import type { Config } from '../config/config.js';
import { createCachingLookup } from '../lib/caching-lookup.js';
import { createModelsLabClient, type ModelsLabClientOptions } from '../providers/modelslab/client.js';
import type { FaceSwapProvider, SwapLog } from '../swap/ports.js';
import { isLocal, type OwnPictureLookup } from './own-pictures.js';
import { createPictureTransport } from './picture-transport.js';
import { proxiesOf } from './proxies.js';

/** The provider that performs the swaps: ModelsLab, or the sandbox. */
export interface ConnectedProvider {
  mode: 'LIVE' | 'SANDBOX';
  /** Undefined when LIVE. */
  sandbox: Sandbox | undefined;
  provider: FaceSwapProvider;
  close(): Promise<void>;
}

export type ProviderObserver = Pick<ModelsLabClientOptions, 'onCall' | 'onUnexpected'>;

/**
 * Connects to ModelsLab. Without an API key, starts the sandbox in this process, on a free loopback port.
 *
 * @param observer called for every call and every unexpected response
 * @param findOwn recognizes the gateway's own pictures, which the sandbox reads without a request
 * @param running an existing sandbox to use instead; it is not closed with the gateway
 * @param acceptsLoopback for tests: pictures that are sent as data may come from loopback
 */
export async function connectProvider(
  config: Config,
  log: SwapLog,
  observer: ProviderObserver,
  findOwn: OwnPictureLookup,
  running?: Sandbox,
  acceptsLoopback?: boolean,
): Promise<ConnectedProvider> {
  const { submitTimeoutMs, fetchTimeoutMs, creditsRetryMs: creditsPauseMs } = config;
  if (config.modelsLabApiKey) {
    const pictures = createPictureTransport(config, findOwn, acceptsLoopback);
    const provider = createModelsLabClient({
      pictures,
      apiKey: config.modelsLabApiKey.reveal(),
      baseUrl: config.modelsLabBaseUrl,
      lookup: createCachingLookup(),
      proxies: proxiesOf(config),
      log,
      onCall: observer.onCall,
      onUnexpected: observer.onUnexpected,
      submitTimeoutMs,
      fetchTimeoutMs,
      creditsPauseMs,
    });
    const close = async (): Promise<void> => {
      await provider.close();
      await pictures.close();
    };
    return { mode: 'LIVE', sandbox: undefined, provider, close };
  }
  const { createSandbox } = await import('../../sandbox/sandbox.js');
  const apiKey = randomUUID();
  const images = {
    reach: isLocal(config) ? 'public-or-loopback' : 'public',
    findOwn,
    proxies: proxiesOf(config),
  } as const;
  const options = { apiKey, queueLimit: config.queueLimit, publicUrl: publicOrigin(config), images };
  const sandbox = running ?? (await createSandbox(options));
  const provider = createModelsLabClient({
    apiKey,
    baseUrl: sandbox.baseUrl,
    log,
    onCall: observer.onCall,
    onUnexpected: observer.onUnexpected,
    submitTimeoutMs,
    fetchTimeoutMs,
    creditsPauseMs,
  });
  return {
    mode: 'SANDBOX',
    sandbox,
    provider,
    async close() {
      await provider.close();
      if (!running) await sandbox.close();
    },
  };
}

/** Origin under which the gateway serves the sandbox's pictures; undefined if the port is not known yet. */
function publicOrigin({ publicUrl, host, port }: Config): string | undefined {
  if (publicUrl !== undefined || port === 0) return publicUrl;
  const isAnyAddress = host === '0.0.0.0' || host === '::';
  return `http://${isAnyAddress ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
}
