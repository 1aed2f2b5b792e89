import type { Backend, BackendOptions } from '../backends/backend.js';
import { logStoreFailures } from '../backends/store-failures.js';
import type { Config } from '../config/config.js';
import type { Clock } from '../lib/clock.js';
import type { FaultReporter } from '../lib/contain.js';
import type { FailpointHook } from '../swap/failpoint.js';
import type { SwapLog, SwapPolicy } from '../swap/ports.js';

/** Time to store ModelsLab's response to the last submission when the process ends. */
const storeMarginMs = 3000;

export interface BackendDeps {
  policy: SwapPolicy;
  clock: Clock;
  log: SwapLog;
  report: FaultReporter;
  failpoint: FailpointHook;
  wrapSync: BackendOptions['wrapSync'];
}

/**
 * Redis if a URL is set, otherwise the embedded backend. Redis's client is loaded only where it is used.
 *
 * @throws Error with a message for the operator when the data directory or the CA file cannot be used
 */
export async function createBackend(config: Config, deps: BackendDeps): Promise<Backend> {
  return logStoreFailures(await selectBackend(config, deps), deps.log, deps.clock);
}

async function selectBackend(config: Config, deps: BackendDeps): Promise<Backend> {
  const options: BackendOptions = {
    slots: config.queueLimit,
    maxWaiting: config.maxWaiting,
    maxWaitingPerClient: config.maxWaitingPerClient,
    closeGraceMs: config.submitTimeoutMs + storeMarginMs,
    policy: deps.policy,
    clock: deps.clock,
    log: deps.log,
    report: deps.report,
    failpoint: deps.failpoint,
    wrapSync: deps.wrapSync,
  };
  if (config.redisUrl) {
    const { createRedisBackend } = await import('../backends/redis-backend.js');
    return createRedisBackend({
      ...options,
      url: config.redisUrl.reveal(),
      caFile: config.redisCaFile,
      prefix: config.redisPrefix,
      isDurabilityRequired: config.isProduction && !config.redisAllowLoss,
      waitReplicas: config.redisWaitReplicas,
      shared: {
        apiKey: config.modelsLabApiKey?.reveal() ?? '',
        webhookSecrets: config.webhookSecrets.map((secret) => secret.reveal()),
        signingSecret: config.webhookSigningSecret?.reveal() ?? '',
        clientTokenSecrets: config.clientTokenSecrets.map((secret) => secret.reveal()),
      },
    });
  }
  const { createEmbeddedBackend } = await import('../backends/embedded-backend.js');
  return createEmbeddedBackend({ ...options, dataDir: config.dataDir });
}
