import type { Logger } from 'pino';
import { createCallbackDispatcher } from './callbacks/callback-dispatcher.js';
import { createCallbackSender } from './callbacks/callback-sender.js';
import { signingSecretPrefix } from './callbacks/standard-webhook.js';
import type { Config } from './config.js';
import { withDailyQuota } from './daily-quota.js';
import type { Engine, EngineOptions } from './engine.js';
import { renderSwap } from './graphql/present-swap.js';
import { observePolls, observePorts, type SwapObserver } from './observed-life.js';
import { createIntakeGate } from './queue/intake-gate.js';
import { type CachedSwapStore, createCachedSwapStore } from './store/cached-swap-store.js';
import { logStoreFailures } from './store/store-failures.js';
import type { CheckpointHook } from './swap/checkpoint.js';
import type { FaultReporter } from './swap/contain.js';
import { createLateResults } from './swap/late-results.js';
import { createLearnedDurations } from './swap/learned-durations.js';
import type { Clock, FaceSwapProvider, SwapPolicy, SwapQueue } from './swap/ports.js';
import { reconcileSwaps } from './swap/reconcile-swaps.js';
import { createRedelivery } from './swap/redelivery.js';
import { restoreSwaps } from './swap/restore-swaps.js';
import { createSwapCompleter, type SwapCompleter } from './swap/swap-completion.js';
import { createSwapJournal } from './swap/swap-journal.js';
import { createSwapRunner } from './swap/swap-runner.js';
import { createSwapService, type SwapService } from './swap/swap-service.js';
import { createWebhookTokens, type WebhookTokens } from './swap/webhook-tokens.js';

/** The life of swaps, put together from the ports' adapters: what the transport asks, and what goes on by itself. */
export interface SwapLife {
  swaps: SwapService;
  complete: SwapCompleter;
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

export interface SwapLifeOptions {
  config: Config;
  provider: FaceSwapProvider;
  /** The process's own clock; swaps use the engine's. */
  clock: Clock;
  log: Logger;
  report: FaultReporter;
  checkpoint: CheckpointHook;
  observer: SwapObserver;
  wrapSync?: EngineOptions['wrapSync'];
  /** Where ModelsLab shall send the outcome of the swap that a token is for. */
  webhookUrl(token: string): string;
}

/** Poll intervals grow up to this multiple of the first delay, but not beyond 30 s. */
const pollIntervalSpread = 30;
const maxPollIntervalMs = 30_000;
/** Time to store ModelsLab's response to the last submission when the process ends. */
const storeMarginMs = 3000;

/** @throws Error with a message for the operator when the data directory cannot be used */
export async function createSwapLife(options: SwapLifeOptions): Promise<SwapLife> {
  const { config, log, report, checkpoint, observer, webhookUrl } = options;
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
      checkpoint,
      wrapSync: options.wrapSync,
    }),
    log,
    options.clock,
  );
  const { events, clock } = engine;
  const { provider, gate, gated } = createIntakeGate(options.provider, clock);
  const { swapsPerDay } = config;
  const limited = swapsPerDay
    ? withDailyQuota(engine.queue, { ...engine, clock, limit: swapsPerDay })
    : engine.queue;
  const { ledger, queue, ...observed } = observePorts({ ...engine, queue: limited }, observer);
  const store = createCachedSwapStore(observed.store, clock);
  const [webhookSecret, ...olderSecrets] = config.webhookSecrets.map((secret) => secret.reveal());
  const tokens = createWebhookTokens(webhookSecret ?? engine.secret('webhook-secret'), ...olderSecrets);
  const callbacks = createCallbackDispatcher({
    ...engine,
    store,
    sender: createCallbackSender({
      signingSecret:
        config.webhookSigningSecret?.reveal() ??
        `${signingSecretPrefix}${engine.secret('webhook-signing-secret')}`,
      allowPrivate: config.allowPrivateWebhooks,
      dnsServers: config.webhookDnsServers,
      now: clock.now,
    }),
    clock,
    log,
    render: renderSwap,
  });
  const shared = { store, ledger, events, queue, provider, clock, policy, log, report, checkpoint };
  const polled = observePolls(provider, observer);
  const { latePolls, isShared } = engine;
  const late = createLateResults({
    ...shared,
    provider: polled,
    outbox: callbacks,
    latePolls,
    isShared,
    onKept: observer.lateResult,
  });
  const journal = createSwapJournal({ ...shared, outbox: callbacks, late });
  const runner = createSwapRunner({
    ...shared,
    journal,
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
      journal,
      draining: draining.signal,
      redeliver: createRedelivery({ outbox: callbacks, clock }),
    }),
    complete: createSwapCompleter({ ...shared, journal, late }),
    peekCached: store.peekCached,
    tokens,
    queue,
    clock,
    settingsConflicts: engine.settingsConflicts,
    ping: store.ping,
    async restore() {
      if (!engine.isShared) await restoreSwaps({ ...shared, journal });
    },
    async start() {
      // A shared store may be away: until it is there, this instance is alive, but not ready.
      await engine.ready();
      if (queueClosed) return;
      callbacks.start();
      late.start();
      if (engine.isShared) stopReconciling = reconcileSwaps({ ...shared, journal });
      queue.start({
        gate,
        run: gated(runner.run),
        async expire(id) {
          const swap = await store.get(id);
          if (swap) await journal.apply(swap, { type: 'expired' });
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
async function createEngine(config: Config, options: EngineOptions): Promise<Engine> {
  const { redisUrl, redisPrefix, redisAllowLoss, isProduction, dataDir } = config;
  if (redisUrl) {
    const { createRedisEngine } = await import('./redis-engine.js');
    return createRedisEngine({
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
  const { createEmbeddedEngine } = await import('./embedded-engine.js');
  return createEmbeddedEngine({ ...options, dataDir });
}
