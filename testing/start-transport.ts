import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { openClients } from '../src/app/clients.js';
import { createServer, type ServerOverrides } from '../src/app/create-server.js';
import { createReloads } from '../src/app/reloads.js';
import { readConfig } from '../src/config/config.js';
import type { CachedReads } from '../src/fast-path/cached-execution.js';
import { createFastPath } from '../src/fast-path/fast-path.js';
import type { GatewayServices } from '../src/graphql/context.js';
import { systemClock } from '../src/lib/clock.js';
import { createOriginPolicy } from '../src/server/access/origin-policy.js';
import type { FastPath } from '../src/server/fast-path-port.js';
import { createHttpServer } from '../src/server/http/http-server.js';
import { createWebhookTokens } from '../src/swap/lifecycle/webhook-tokens.js';
import { noTracing } from '../src/swap/tracing.js';
import { createFaultReporter } from '../src/telemetry/fault-reporter.js';
import { createMetrics } from '../src/telemetry/metrics.js';
import { type CapturedLog, captureLog } from './capture-log.js';
import { fastPathSetting } from './fast-path-setting.js';
import { unhurried } from './timeouts.js';

export interface BareTransport {
  url: string;
  logs: CapturedLog;
}

/** All network endpoints, in front of services that the test provides. */
export async function startTransport({
  swaps,
  fail,
  services = {},
  env = {},
  overrides,
  peekCached = () => undefined,
  wrapFastPath = (fastPath) => fastPath,
}: {
  swaps: Partial<GatewayServices['swaps']>;
  /** Placeholder for dependencies that the test does not use. */
  fail(): never;
  services?: Partial<GatewayServices>;
  env?: Record<string, string>;
  overrides?: ServerOverrides;
  peekCached?: CachedReads['peekCached'];
  /** Wraps the fast path; not called with FAST_PATH=off. */
  wrapFastPath?(fastPath: FastPath): FastPath;
}): Promise<BareTransport> {
  const logs = captureLog();
  const metrics = createMetrics([], []);
  onTestFinished(metrics.close);
  const config = readConfig({
    NODE_ENV: 'production',
    // Without one, production refuses an open gateway with the sandbox.
    MODELSLAB_API_KEY: 'key-of-the-transport',
    ...(overrides?.load === undefined && unhurried),
    ...fastPathSetting,
    ...env,
  });
  const report = createFaultReporter(logs.log, metrics.faulted);
  const { registry } = await openClients(config, systemClock, logs.log, createReloads(logs.log));
  const origins = createOriginPolicy({
    allowed: config.allowedOrigins,
    acceptsLoopback: false,
    log: logs.log,
  });
  const fastPath = config.fastPath
    ? wrapFastPath(
        createFastPath({
          origins,
          observer: metrics.transport,
          log: logs.log,
          report,
          peekCached,
        }),
      )
    : undefined;
  const server = await createHttpServer({
    log: logs.log,
    origins,
    trustedProxies: config.trustedProxies,
    report,
    intercept: fastPath?.intercept,
  });
  const close = await createServer(server, {
    config,
    clock: systemClock,
    clients: registry,
    origins,
    log: logs.log,
    report,
    fastPath,
    clientTokens: undefined,
    services: {
      swaps,
      readStatus: async () => fail(),
      parseCommand: fail,
      audit: () => undefined,
      ...services,
    } as unknown as GatewayServices,
    overrides,
    sandboxUrl: undefined,
    uploads: undefined,
    pictureOrigin: () => '',
    readResult: async () => ({ kind: 'gone', reason: 'there are none' }),
    checkReady: async () => fail(),
    observer: {
      ...metrics.transport,
      webhookRejected: () => undefined,
      followSubscriptions: () => undefined,
      pushed: () => undefined,
    },
    tracing: noTracing,
    readMetrics: metrics.read,
    tokens: createWebhookTokens('secret'),
    complete: async () => fail(),
    provider: { name: 'modelslab', readReport: fail },
  });
  onTestFinished(close);
  await server.listen({ host: '127.0.0.1', port: 0 });
  return { url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`, logs };
}
