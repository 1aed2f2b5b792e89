import type { Logger } from 'pino';
import type { Backend } from '../backends/backend.js';
import { type CachedSwapStore, createCachedSwapStore } from '../backends/cached-swap-store.js';
import { createWebhookDispatcher } from '../client-webhooks/dispatcher.js';
import { createWebhookSender } from '../client-webhooks/sender.js';
import type { SigningSecrets } from '../client-webhooks/signing-secrets.js';
import type { Config } from '../config/config.js';
import { toClientJson } from '../graphql/schema/to-graphql.js';
import type { FaultReporter } from '../lib/contain.js';
import type { ClientRulesReader } from '../swap/client-rules.js';
import { createDailyQuota } from '../swap/daily-quota.js';
import type { FailpointHook } from '../swap/failpoint.js';
import type { FileReader } from '../swap/file-reader.js';
import type { InputCheck } from '../swap/input-check.js';
import { createAccountChecks } from '../swap/lifecycle/account-checks.js';
import { endRestoredSwaps } from '../swap/lifecycle/end-restored.js';
import { createWebhookHandler, type WebhookHandler } from '../swap/lifecycle/handle-webhook.js';
import { createIntakeGate } from '../swap/lifecycle/intake-gate.js';
import { createLateResults } from '../swap/lifecycle/late-results.js';
import { createDurationsByOperation } from '../swap/lifecycle/learned-durations.js';
import { createOperatorActs, type OperatorActs } from '../swap/lifecycle/operator-acts.js';
import { reconcileSwaps } from '../swap/lifecycle/reconcile.js';
import { restoreSwaps } from '../swap/lifecycle/restore.js';
import { createSwapRunner } from '../swap/lifecycle/runner.js';
import { createTransitions } from '../swap/lifecycle/transitions.js';
import { createWebhookTokens, type WebhookTokens } from '../swap/lifecycle/webhook-tokens.js';
import type { FaceSwapProvider, SwapPolicy } from '../swap/ports.js';
import type { AccountFacts } from '../swap/provider-account.js';
import { expiryIn } from '../swap/queue-pause.js';
import { createRedelivery } from '../swap/redelivery.js';
import { createSwapService, type SwapService } from '../swap/service.js';
import type { Tracing } from '../swap/tracing.js';
import { instrumentPolls, instrumentPorts, type SwapObserver } from '../telemetry/instrument-system.js';
import type { Uploads } from '../uploads/uploads.js';
import type { ArchiveParts } from './archive.js';
import { consentPolicyOf } from './consent-policy.js';
import { createErasureSystem, type ErasureSystem } from './erasures.js';
import { proxiesOf } from './proxies.js';

/**
 * The swap subsystem: the service the API calls, and its background work (queue worker, webhook delivery, recovery).
 */
export interface SwapSystem {
  swaps: SwapService;
  handleWebhook: WebhookHandler;
  /** Reads archived results; undefined: there are none. */
  fileReader: FileReader | undefined;
  /** For the fast path only. */
  peekCached: CachedSwapStore['peekCached'];
  erasures: Omit<ErasureSystem, 'start' | 'close'>;
  tokens: WebhookTokens;
  operatorActs: OperatorActs;
  /** What is known of the account; empty without ACCOUNT_CHECKS. */
  accountFacts(): AccountFacts;
  /**
   * Resumes the swaps of an earlier process, unless instances share them; ends those of a restored backup. Call it before serving
   * requests.
   */
  restore(): Promise<void>;
  /** Waits for the store, then starts processing swaps and client webhooks. @throws Error if the store is unfit for use */
  start(): Promise<void>;
  /** Responds to clients that wait for a swap with its current state, and stops submitting swaps. */
  drain(): void;
  /** After `drain`: resolves when ModelsLab's responses to the submissions in flight are stored. */
  finishSubmissions(): Promise<void>;
  /** Ends the background work. The backend stays open. */
  close(): Promise<void>;
}

export interface SwapSystemOptions {
  backend: Backend;
  provider: FaceSwapProvider;
  policy: SwapPolicy;
  rulesOf: ClientRulesReader;
  /** Responses that are held per client for a swap to finish. */
  maxWaitsPerClient: number;
  /** The first signs new webhook URLs; all are accepted. Empty: the backend's own is used. */
  webhookSecrets: readonly string[];
  /** Whether the operator says that the store was restored from a backup. */
  isRestored: boolean;
  /** `secret`: key of the HMAC of inputs; undefined: the backend's own, or derived from the webhook secret that instances share. */
  consent: { secret: string | undefined; retentionMs: number };
  signingSecrets: Pick<SigningSecrets, 'secretsOf'>;
  log: Logger;
  report: FaultReporter;
  failpoint: FailpointHook;
  tracing: Tracing;
  observer: SwapObserver;
  /** Undefined: results are not archived. */
  archive: ArchiveParts | undefined;
  /** Undefined: pictures are not looked at before a swap is accepted. */
  checkInputs: InputCheck | undefined;
  config: Config;
  /** Undefined: uploads are disabled, or not ready yet. */
  uploads(): Uploads | undefined;
  /** Origin of the gateway's pictures. */
  origin(): string;
  /** The URL to which ModelsLab posts the outcome of the token's swap. */
  webhookUrl(token: string): string;
}

export function createSwapSystem(options: SwapSystemOptions): SwapSystem {
  const { backend, policy, rulesOf, config, log, report, failpoint, observer } = options;
  const { clock, dueNow, pubsub, swapIndex, latePolls } = backend;
  const { provider, gate, gated } = createIntakeGate(options.provider, clock);
  const observed = instrumentPorts(
    {
      store: backend.store,
      queue: backend.queue,
      dailyQuota: createDailyQuota({
        swapIndex,
        store: backend.store,
        clock,
        limitOf: (client) => rulesOf(client).swapsPerDay,
      }),
    },
    observer,
  );
  const { queue, dailyQuota } = observed;
  const store = createCachedSwapStore(observed.store, clock, backend.erasureTopic);
  const archive = options.archive?.connect(store);
  const viewFiles = options.archive?.urls.view;
  const [webhookSecret = backend.secret('webhook-secret'), ...olderSecrets] = options.webhookSecrets;
  const tokens = createWebhookTokens(webhookSecret, ...olderSecrets);
  const outbox = createWebhookDispatcher({
    outbox: backend.outbox,
    store,
    secrets: options.signingSecrets,
    sender: createWebhookSender({
      allowPrivate: config.allowPrivateWebhooks,
      dnsServers: config.webhookDnsServers,
      proxies: proxiesOf(config),
      now: clock.now,
    }),
    clock,
    dueNow,
    log,
    onAttempt: observer.clientWebhook,
    tracing: options.tracing,
    render: (swap, type) => toClientJson(swap, viewFiles?.(swap), type),
  });
  const polledProvider = instrumentPolls(provider, observer);
  const late = createLateResults({
    store,
    swapIndex,
    pubsub,
    provider: polledProvider,
    outbox,
    latePolls,
    clock,
    dueNow,
    log,
    files: archive?.results,
    isShared: backend.isShared,
    onKept: observer.lateResult,
  });
  const transitions = createTransitions({
    store,
    swapIndex,
    pubsub,
    outbox,
    late,
    files: archive?.results,
    clock,
    policy,
    log,
    failpoint,
  });
  const runner = createSwapRunner({
    store,
    swapIndex,
    pubsub,
    queue,
    transitions,
    provider: polledProvider,
    late,
    learnedOf: createDurationsByOperation(),
    clock,
    policy,
    log,
    failpoint,
    webhookUrl: (id) => options.webhookUrl(tokens.issue(id)),
  });
  const erasures = createErasureSystem({
    ...options,
    store,
    archive: options.archive && { delete: options.archive.remove },
  });
  const recovery = { store, swapIndex, queue, transitions, clock, policy, log };
  const accountChecks =
    options.config.accountChecks && provider.account
      ? createAccountChecks({
          account: provider.account,
          queue,
          slots: options.config.queueLimit,
          clock,
          log,
          takeTurn: backend.takeTurn,
        })
      : undefined;
  const draining = new AbortController();
  let stopReconciling: (() => Promise<void>) | undefined;
  let queueClosed: Promise<void> | undefined;
  const closeQueue = (): Promise<void> => {
    queueClosed ??= queue.close();
    return queueClosed;
  };

  return {
    swaps: createSwapService({
      store,
      swapIndex,
      queue,
      dailyQuota,
      rulesOf,
      pubsub,
      consents: backend.consents,
      consentPolicy: consentPolicyOf(options.consent, backend, webhookSecret),
      transitions,
      clock,
      policy,
      log,
      failpoint,
      report,
      draining: draining.signal,
      maxWaitsPerClient: options.maxWaitsPerClient,
      redeliver: createRedelivery({ outbox, clock }),
      erase: erasures.request,
      checkInputs: options.checkInputs,
      viewFiles,
    }),
    handleWebhook: createWebhookHandler({
      store,
      swapIndex,
      pubsub,
      transitions,
      provider,
      late,
      clock,
      log,
      failpoint,
    }),
    fileReader: archive?.reader,
    peekCached: store.peekCached,
    erasures,
    tokens,
    operatorActs: createOperatorActs({ store, queue, clock, policy, outbox }),
    accountFacts: () => accountChecks?.facts() ?? {},
    async restore() {
      const restoration = await backend.restoration(options.isRestored);
      if (restoration) {
        await endRestoredSwaps({ ...recovery, before: restoration.before });
        await restoration.done();
      }
      if (!backend.isShared) await restoreSwaps(recovery);
    },
    async start() {
      // A shared store may be unreachable; until it responds, this instance is alive but not ready.
      await backend.ready();
      if (queueClosed) return;
      outbox.start();
      late.start();
      archive?.start();
      erasures.start();
      await accountChecks?.start();
      if (queueClosed) return;
      if (backend.isShared) stopReconciling = reconcileSwaps(recovery);
      queue.start({
        gate,
        run: gated(runner.run),
        async expire(id) {
          const swap = await store.get(id);
          if (swap) await transitions.applyTransition(swap, await expiryIn(queue));
        },
      });
    },
    drain() {
      draining.abort();
      closeQueue().catch((error: unknown) => log.error({ err: error }, 'failed to close the queue'));
    },
    finishSubmissions: closeQueue,
    async close() {
      accountChecks?.close();
      await late.close();
      await erasures.close();
      await outbox.close();
      await stopReconciling?.();
      await closeQueue();
      await archive?.close();
    },
  };
}
