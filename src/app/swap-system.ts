import type { Logger } from 'pino';
import type { Backend, BackendOptions } from '../backends/backend.js';
import { type CachedSwapStore, createCachedSwapStore } from '../backends/cached-swap-store.js';
import { logStoreFailures } from '../backends/store-failures.js';
import { createWebhookDispatcher } from '../client-webhooks/dispatcher.js';
import { createWebhookSender } from '../client-webhooks/sender.js';
import { signingSecretPrefix } from '../client-webhooks/sign.js';
import type { Config } from '../config/config.js';
import { toClientJson } from '../graphql/schema/to-graphql.js';
import type { Clock } from '../lib/clock.js';
import type { FaultReporter } from '../lib/contain.js';
import { withDailyQuota } from '../swap/daily-quota.js';
import type { FailpointHook } from '../swap/failpoint.js';
import { createWebhookHandler, type WebhookHandler } from '../swap/lifecycle/handle-webhook.js';
import { createIntakeGate } from '../swap/lifecycle/intake-gate.js';
import { createLateResults } from '../swap/lifecycle/late-results.js';
import { createLearnedDurations } from '../swap/lifecycle/learned-durations.js';
import { reconcileSwaps } from '../swap/lifecycle/reconcile.js';
import { restoreSwaps } from '../swap/lifecycle/restore.js';
import { createSwapRunner } from '../swap/lifecycle/runner.js';
import { createTransitions } from '../swap/lifecycle/transitions.js';
import { createWebhookTokens, type WebhookTokens } from '../swap/lifecycle/webhook-tokens.js';
import type { FaceSwapProvider, SwapPolicy, SwapQueue } from '../swap/ports.js';
import { createRedelivery } from '../swap/redelivery.js';
import { createSwapService, type SwapService } from '../swap/service.js';
import { instrumentPolls, instrumentPorts, type SwapObserver } from '../telemetry/instrument-system.js';

/** The life of swaps, put together from the ports' adapters: what the transport asks, and what goes on by itself. */
export interface SwapSystem {
  swaps: SwapService;
  handleWebhook: WebhookHandler;
  /** For the fast path only. */
  peekCached: CachedSwapStore['peekCached'];
  tokens: WebhookTokens;
  queue: SwapQueue;
  /** The clock of all swaps. */
  clock: Clock;
  /** Settings in which other instances differ from this one. */
  settingsConflicts(): readonly string[];
  /** Resolves if the store answers, throws if not. */
  ping(): Promise<void>;
  /** Takes up what an earlier process left, where nobody else can. To be done before requests are taken. */
  restore(): Promise<void>;
  /** Waits for the store, then starts processing swaps and client webhooks. @throws Error if the store is unfit for use */
  start(): Promise<void>;
  /** Answers clients that wait for a swap with its current state, and stops submitting swaps. */
  drain(): void;
  /** After `drain`: resolves when ModelsLab's answers to the submissions under way are stored. */
  finishSubmissions(): Promise<void>;
  /** Ends what goes on by itself, then closes the store. */
  close(): Promise<void>;
}

export interface SwapSystemOptions {
  config: Config;
  provider: FaceSwapProvider;
  /** The process's own clock; swaps use the engine's. */
  clock: Clock;
  log: Logger;
  report: FaultReporter;
  failpoint: FailpointHook;
  observer: SwapObserver;
  wrapSync?: BackendOptions['wrapSync'];
  /** Where ModelsLab shall send the outcome of the swap that a token is for. */
  webhookUrl(token: string): string;
}

/** Poll intervals grow up to this multiple of the first delay, but not beyond 30 s. */
const pollIntervalSpread = 30;
const maxPollIntervalMs = 30_000;
/** Time to store ModelsLab's response to the last submission when the process ends. */
const storeMarginMs = 3000;

/** @throws Error with a message for the operator when the data directory cannot be used */
export async function createSwapSystem(options: SwapSystemOptions): Promise<SwapSystem> {
  const { config, log, report, failpoint, observer, webhookUrl } = options;
  const policy: SwapPolicy = {
    ...config,
    maxPollIntervalMs: Math.max(
      config.pollIntervalMs,
      Math.min(pollIntervalSpread * config.pollIntervalMs, maxPollIntervalMs),
    ),
  };
  const engine = logStoreFailures(
    await createEngine(config, {
      ...config,
      slots: config.queueLimit,
      closeGraceMs: config.submitTimeoutMs + storeMarginMs,
      policy,
      clock: options.clock,
      log,
      report,
      failpoint: failpoint,
      wrapSync: options.wrapSync,
    }),
    log,
    options.clock,
  );
  const { swapIndex, pubsub, clock } = engine;
  const { provider, gate, gated } = createIntakeGate(options.provider, clock);
  const { swapsPerDay } = config;
  const limited = swapsPerDay
    ? withDailyQuota(engine.queue, { ...engine, clock, limit: swapsPerDay })
    : engine.queue;
  const { queue, ...observed } = instrumentPorts({ ...engine, queue: limited }, observer);
  const store = createCachedSwapStore(observed.store, clock);
  const [webhookSecret, ...olderSecrets] = config.webhookSecrets.map((secret) => secret.reveal());
  const tokens = createWebhookTokens(webhookSecret ?? engine.secret('webhook-secret'), ...olderSecrets);
  const callbacks = createWebhookDispatcher({
    ...engine,
    store,
    sender: createWebhookSender({
      signingSecret:
        config.webhookSigningSecret?.reveal() ??
        `${signingSecretPrefix}${engine.secret('webhook-signing-secret')}`,
      allowPrivate: config.allowPrivateWebhooks,
      dnsServers: config.webhookDnsServers,
      now: clock.now,
    }),
    clock,
    log,
    render: toClientJson,
  });
  const shared = { store, swapIndex, pubsub, queue, provider, clock, policy, log, report, failpoint };
  const polled = instrumentPolls(provider, observer);
  const { latePolls, isShared } = engine;
  const late = createLateResults({
    ...shared,
    provider: polled,
    outbox: callbacks,
    latePolls,
    isShared,
    onKept: observer.lateResult,
  });
  const transitions = createTransitions({ ...shared, outbox: callbacks, late });
  const runner = createSwapRunner({
    ...shared,
    transitions,
    late,
    learned: createLearnedDurations(),
    provider: polled,
    webhookUrl: (id) => webhookUrl(tokens.issue(id)),
  });
  const draining = new AbortController();
  let stopReconciling: (() => Promise<void>) | undefined;
  let queueClosed: Promise<void> | undefined;
  const closeQueue = (): Promise<void> => {
    queueClosed ??= engine.queue.close();
    return queueClosed;
  };

  return {
    swaps: createSwapService({
      ...shared,
      transitions,
      draining: draining.signal,
      redeliver: createRedelivery({ outbox: callbacks, clock }),
    }),
    handleWebhook: createWebhookHandler({ ...shared, transitions, late }),
    peekCached: store.peekCached,
    tokens,
    queue,
    clock,
    settingsConflicts: engine.settingsConflicts,
    ping: store.ping,
    async restore() {
      if (!engine.isShared) await restoreSwaps({ ...shared, transitions });
    },
    async start() {
      // A shared store may be away: until it is there, this instance is alive, but not ready.
      await engine.ready();
      if (queueClosed) return;
      callbacks.start();
      late.start();
      if (engine.isShared) stopReconciling = reconcileSwaps({ ...shared, transitions });
      queue.start({
        gate,
        run: gated(runner.run),
        async expire(id) {
          const swap = await store.get(id);
          if (swap) await transitions.applyTransition(swap, { type: 'expired' });
        },
      });
    },
    drain() {
      draining.abort();
      closeQueue().catch((error: unknown) => log.error({ err: error }, 'failed to close the queue'));
    },
    finishSubmissions: closeQueue,
    async close() {
      await late.close();
      await callbacks.close();
      await stopReconciling?.();
      await closeQueue();
      await engine.close();
    },
  };
}

/** Loads no more than it needs: Redis's client stays out of a process that has its own store. */
async function createEngine(config: Config, options: BackendOptions): Promise<Backend> {
  const { redisUrl, redisPrefix, redisAllowLoss, isProduction, dataDir } = config;
  if (redisUrl) {
    const { createRedisBackend } = await import('../backends/redis-backend.js');
    return createRedisBackend({
      ...options,
      url: redisUrl.reveal(),
      caFile: config.redisCaFile,
      prefix: redisPrefix,
      isDurabilityRequired: isProduction && !redisAllowLoss,
      waitReplicas: config.redisWaitReplicas,
      shared: {
        apiKey: config.modelsLabApiKey?.reveal() ?? '',
        webhookSecrets: config.webhookSecrets.map((secret) => secret.reveal()),
        signingSecret: config.webhookSigningSecret?.reveal() ?? '',
      },
    });
  }
  const { createEmbeddedBackend } = await import('../backends/embedded-backend.js');
  return createEmbeddedBackend({ ...options, dataDir });
}
