import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createCallbackDispatcher } from './callbacks/callback-dispatcher.js';
import { createCallbackSender } from './callbacks/callback-sender.js';
import { signingSecretPrefix } from './callbacks/standard-webhook.js';
import type { Config } from './config.js';
import { withDailyQuota } from './daily-quota.js';
import type { Engine, EngineOptions } from './engine.js';
import { createGatewayStatusReader } from './gateway-status.js';
import type { GatewayServices } from './graphql/context.js';
import { renderSwap } from './graphql/present-swap.js';
import { readVersion } from './project-files.js';
import { samples } from './sandbox/samples.js';
import type { CheckpointHook, Clock, SwapPolicy } from './swap/ports.js';
import { reconcileSwaps } from './swap/reconcile-swaps.js';
import { restoreSwaps } from './swap/restore-swaps.js';
import { createSwapCompleter } from './swap/swap-completion.js';
import { createSwapJournal } from './swap/swap-journal.js';
import { createSwapOrderParser } from './swap/swap-request.js';
import { createSwapRunner } from './swap/swap-runner.js';
import { createSwapService } from './swap/swap-service.js';
import { createWebhookTokens } from './swap/webhook-tokens.js';
import { systemClock } from './system-clock.js';
import { createHttpServer, type HttpServer } from './transport/http-server.js';
import { mountTransport, type TransportOverrides } from './transport/mount-transport.js';
import { webhookPath } from './transport/webhook-route.js';
import { pictureOrigin } from './uploads/picture-origin.js';
import { createUploads } from './uploads/uploads.js';
import { connectUpstream } from './upstream.js';

export interface Gateway {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  url: string;
  /** `SANDBOX`: no ModelsLab key was given, nothing is paid for. */
  upstream: 'LIVE' | 'SANDBOX';
  /** Ends in order: no new requests, those in flight finished, sockets away with 1001, then queue and store. Once, however often called. */
  close(): Promise<void>;
}

/** What tests put in the place of the real thing. */
export interface GatewayOverrides {
  clock?: Clock;
  /** Called at named moments between two durable steps. */
  checkpoint?: CheckpointHook;
  transport?: TransportOverrides;
}

/** Intervals between questions grow to so many times the first one, but not beyond half a minute. */
const pollIntervalSpread = 15;
const maxPollIntervalMs = 30_000;

/**
 * Puts the gateway together and starts it. The only place that knows every part.
 *
 * @throws Error with a message for the operator: port taken, data directory not usable
 */
export async function createGateway(
  config: Config,
  log: Logger,
  overrides: GatewayOverrides = {},
): Promise<Gateway> {
  const { clock = systemClock, checkpoint = () => undefined } = overrides;
  const policy: SwapPolicy = {
    ...config,
    maxPollIntervalMs: Math.max(
      config.pollIntervalMs,
      Math.min(pollIntervalSpread * config.pollIntervalMs, maxPollIntervalMs),
    ),
  };
  const engine = await createEngine(config, { ...config, slots: config.queueLimit, policy, clock, log });
  const upstream = await connectUpstream(config, log);
  const tokens = createWebhookTokens(config.webhookSecret?.reveal() ?? engine.secret('webhook-secret'));
  const { store, ledger, events } = engine;
  const { swapsPerDay } = config;
  const queue = swapsPerDay
    ? withDailyQuota(engine.queue, { ledger, store, clock, limit: swapsPerDay })
    : engine.queue;
  const callbacks = createCallbackDispatcher({
    ...engine,
    sender: createCallbackSender({
      signingSecret:
        config.webhookSigningSecret?.reveal() ??
        `${signingSecretPrefix}${engine.secret('webhook-signing-secret')}`,
      allowPrivate: config.allowPrivateWebhooks,
      now: clock.now,
    }),
    clock,
    log,
    render: renderSwap,
  });
  const { provider } = upstream;
  let publicUrl = config.publicUrl;
  const imagePolicy = { allowHttp: config.allowHttpImages, allowLoopback: upstream.mode === 'SANDBOX' };
  let pictures = { origin: publicUrl ?? '', isReachable: false };

  const journal = createSwapJournal({
    store,
    ledger,
    events,
    clock,
    policy,
    log,
    checkpoint,
    outbox: callbacks,
    onEnded: () => undefined,
  });
  const life = { store, ledger, events, queue, journal, provider, clock, policy, log, checkpoint };
  const runner = createSwapRunner({
    ...life,
    webhookUrl: (id) => `${publicUrl}${webhookPath}${tokens.issue(id)}`,
  });
  const draining = new AbortController();
  const services: GatewayServices = {
    swaps: createSwapService({ ...life, draining: draining.signal }),
    parseOrder: createSwapOrderParser(
      imagePolicy,
      { allowHttp: false, allowLoopback: false, allowPrivate: config.allowPrivateWebhooks },
      config,
    ),
    readStatus: createGatewayStatusReader(
      {
        version: readVersion(),
        upstream: upstream.mode,
        queueLimit: config.queueLimit,
        consentRequired: config.requireConsent,
        uploadsAccepted: config.maxUploadsPerClient !== undefined,
      },
      () => pictures.isReachable,
      queue,
      provider,
    ),
    readSamples: () =>
      samples
        .filter(() => pictures.isReachable)
        .map(({ name, title, faces }) => ({ url: `${pictures.origin}/samples/${name}.jpg`, title, faces })),
  };
  const { maxUploadsPerClient: perClient } = config;
  const uploads = perClient
    ? await createUploads({
        dataDir: config.dataDir,
        ttlMs: config.uploadTtlMs,
        perClient,
        total: config.maxUploads,
        clock,
        log,
      })
    : undefined;

  let closing: Promise<void> | undefined;
  let stopReconciling: (() => Promise<void>) | undefined;
  const closeEngine = async (): Promise<void> => {
    await uploads?.close();
    await callbacks.close();
    await stopReconciling?.();
    await engine.close();
    await upstream.close();
  };
  try {
    const server = await createHttpServer({ log, ...config });
    const closeTransport = await mountTransport(server, {
      config,
      log,
      services,
      sandboxUrl: upstream.sandboxUrl,
      uploads,
      pictureOrigin: () => pictures.origin,
      overrides: overrides.transport,
      tokens,
      complete: createSwapCompleter(life),
      readReport: provider.readReport,
      async checkReady() {
        if (draining.signal.aborted) throw new Error('the gateway is shutting down');
        await store.ping();
      },
    });
    if (!engine.isShared) await restoreSwaps(life);
    await server.listen({ host: config.host, port: config.port });
    const url = addressOf(server);
    pictures = pictureOrigin(publicUrl, url, imagePolicy);
    publicUrl ??= url;
    // A shared store may be away: until it is there, this instance is alive, but not ready.
    await engine.ready();
    callbacks.start();
    if (engine.isShared) stopReconciling = reconcileSwaps(life);
    queue.start({
      run: runner.run,
      async expire(id) {
        const swap = await store.get(id);
        if (swap) await journal.apply(swap, { type: 'expired' });
      },
    });
    return {
      url,
      upstream: upstream.mode,
      close() {
        draining.abort();
        closing ??= closeTransport().then(closeEngine);
        return closing;
      },
    };
  } catch (error) {
    await closeEngine();
    throw error;
  }
}

/** Loads no more than it needs: Redis's client stays out of a process that has its own store. */
async function createEngine(
  { redisUrl, redisPrefix, dataDir }: Config,
  options: EngineOptions,
): Promise<Engine> {
  if (redisUrl) {
    const { createRedisEngine } = await import('./redis-engine.js');
    return createRedisEngine({ ...options, url: redisUrl.reveal(), prefix: redisPrefix });
  }
  const { createEmbeddedEngine } = await import('./embedded-engine.js');
  return createEmbeddedEngine({ ...options, dataDir });
}

function addressOf(server: HttpServer): string {
  const { address, family, port } = server.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
