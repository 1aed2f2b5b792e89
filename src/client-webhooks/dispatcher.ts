import type { Clock } from '../lib/clock.js';
import { type Repetition, repeat } from '../lib/repeat.js';
import type { SwapLog, SwapStore } from '../swap/ports.js';
import { accountOf } from '../swap/principal.js';
import { type EndedSwap, isEnded } from '../swap/swap.js';
import { aboutSwap, noTracing, type Tracing, traced } from '../swap/tracing.js';
import type { DueDelivery, WebhookOutbox } from '../swap/webhook-outbox.js';
import { createDeliveries, type DeliveryLimits } from './deliveries.js';
import { createReceiverBreaker, type ReceiverBreaker } from './receiver-breaker.js';
import type { WebhookSender } from './sender.js';
import type { SigningSecrets } from './signing-secrets.js';

export interface WebhookDispatcher {
  /** Enqueues a delivery and attempts it at once. Resolves when it is durable. `again` also bypasses a receiver's pause. */
  add: WebhookOutbox['add'];
  /** Delivers what is due, including deliveries left by an earlier process, until closed. */
  start(): void;
  /** Starts no more deliveries and aborts those in progress, which the next process retries. */
  close(): Promise<void>;
}

interface DispatcherDeps {
  outbox: WebhookOutbox;
  store: SwapStore;
  sender: WebhookSender;
  secrets: Pick<SigningSecrets, 'secretsOf'>;
  clock: Clock;
  /** The time by which deliveries are due, see `Backend`. */
  dueNow(): number;
  log: SwapLog;
  /** The body to post. @param type event type; undefined when the swap finished */
  render(swap: EndedSwap, type: string | undefined): string;
  /** Told the outcome of each attempt: `delivered`, `gone`, `retry`, or `given_up` after the last one. Must not throw. */
  onAttempt?(outcome: string): void;
  /** Between 0 and 1. */
  random?: () => number;
  limits?: DeliveryLimits;
  breaker?: ReceiverBreaker;
  tracing?: Tracing;
}

/** Delays between attempts: 5 s, 30 s, 5 min, 30 min, 2 h. */
export const retryDelaysMs = [5_000, 30_000, 300_000, 1_800_000, 7_200_000] as const;

/** Concurrent deliveries. A client whose receivers all hang occupies a sixteenth of them. */
const defaultLimits: DeliveryLimits = { total: 128, perClient: 8, perHost: 32 };
const batchSize = 32;
/** Longer than an attempt can take. */
const leaseMs = 60_000;
/** Polling interval of the outbox: another instance may have added entries, or a failing store may have hidden them. */
const maxIdleMs = 30_000;
const storeRetryMs = 1000;
/** Delay before a retry when a host, a client token's parent, or the client of an entry without a host is at its concurrency limit. */
const noRoomRetryMs = 1000;

/** The `webhook-id`, the same on every attempt: the swap's id, plus the event type unless the event is that the swap finished. */
export const webhookIdOf = ({ swapId, type }: Pick<DueDelivery, 'swapId' | 'type'>): string =>
  type === undefined ? swapId : `${swapId}.${type}`;

/**
 * Delivers each event at least once, provided the receiver responds with 2xx to one of six attempts. Round-robin over
 * clients, with concurrency limits per client and per host, so that hanging receivers delay only their own client; client tokens
 * count as their parent. A receiver that fails repeatedly is paused; the pause does not use up attempts.
 */
export function createWebhookDispatcher(deps: DispatcherDeps): WebhookDispatcher {
  const { outbox, store, sender, secrets, clock, log, render } = deps;
  const { random = Math.random, limits = defaultLimits, tracing = noTracing } = deps;
  const now = deps.dueNow;
  const { breaker = createReceiverBreaker({ now }) } = deps;
  const closing = new AbortController();
  const deliveries = createDeliveries(limits);
  let lastClient: string | undefined;
  let loop: Repetition | undefined;

  /** Undefined if there is no longer a webhook to deliver. */
  async function findSwap(swapId: string): Promise<{ swap: EndedSwap; url: string } | undefined> {
    const swap = await store.get(swapId);
    const url = swap?.request.webhook;
    return swap && isEnded(swap) && url !== undefined ? { swap, url } : undefined;
  }

  /** Starts or postpones a delivery. Never rejects: an entry that could not be handled is due again when its lease expires. */
  async function begin(entry: DueDelivery): Promise<void> {
    try {
      const found =
        entry.client !== undefined && entry.host !== undefined ? undefined : await findSwap(entry.swapId);
      const client = entry.client ?? found?.swap.client;
      const host = entry.host ?? (found && new URL(found.url).host);
      if (client === undefined || host === undefined) return await outbox.remove(entry);
      const account = accountOf(client);
      const until = deliveries.hasRoomFor(account, host)
        ? breaker.pausedUntil(receiverOf(client, host))
        : now() + noRoomRetryMs;
      if (until !== undefined) return await outbox.postpone(entry, entry.attempts, until);
      const delivery = deliver(entry, receiverOf(client, host)).catch((error: unknown) =>
        logFailure(entry, error),
      );
      void deliveries.track(account, host, delivery).then(() => loop?.wake());
    } catch (error) {
      logFailure(entry, error);
    }
  }

  async function deliver(entry: DueDelivery, receiver: string): Promise<void> {
    let outcome: 'ok' | 'failed' | 'unknown' = 'unknown';
    try {
      const found = await findSwap(entry.swapId);
      if (!found) return await outbox.remove(entry);
      const { swap, url } = found;
      const body = render(swap, entry.type);
      const signing = await secrets.secretsOf(swap.client);
      const sent = await traced(
        tracing,
        'client_webhook.post',
        aboutSwap(swap),
        async (span) => {
          span.set({ 'webhook.attempt': entry.attempts + 1, 'webhook.type': entry.type });
          return sender.send(url, webhookIdOf(entry), body, signing);
        },
        ({ kind }) => (kind === 'failed' ? 'failed' : undefined),
      );
      // Aborted because this process is shutting down; says nothing about the receiver.
      if (sent.kind === 'failed' && closing.signal.aborted)
        return await outbox.postpone(entry, entry.attempts, now());
      outcome = sent.kind === 'failed' ? 'failed' : 'ok';
      const facts = { swap: entry.swapId, type: entry.type, attempts: entry.attempts + 1 };
      if (sent.kind === 'failed') return await retry(entry, { ...facts, reason: sent.reason });
      deps.onAttempt?.(sent.kind);
      log.info({ ...facts, outcome: sent.kind }, 'delivered a client webhook');
      await outbox.remove(entry);
    } finally {
      breaker.record(receiver, outcome);
    }
  }

  async function retry(entry: DueDelivery, facts: object): Promise<void> {
    const delayMs = retryDelaysMs[entry.attempts];
    deps.onAttempt?.(delayMs === undefined ? 'given_up' : 'retry');
    if (delayMs === undefined) {
      log.warn(facts, 'client webhook failed; no attempts left');
      return outbox.giveUp({ ...entry, attempts: entry.attempts + 1 }, now());
    }
    log.info(facts, 'client webhook failed; will retry');
    return outbox.postpone(entry, entry.attempts + 1, now() + delayMs * (0.9 + 0.2 * random()));
  }

  function logFailure({ swapId }: DueDelivery, error: unknown): void {
    log.error({ swap: swapId, err: error }, 'cannot deliver a client webhook: the store failed');
  }

  /** Starts every due delivery within the limits. */
  async function fill(): Promise<void> {
    while (!closing.signal.aborted && deliveries.free() > 0) {
      const limit = Math.min(deliveries.free(), batchSize);
      const turn = { perClient: limits.perClient, room: deliveries.room(), after: lastClient };
      const due = await outbox.take(now(), leaseMs, limit, turn);
      if (due.length === 0) return;
      lastClient = due.at(-1)?.client ?? lastClient;
      await Promise.all(due.map(begin));
    }
  }

  /** @returns milliseconds until the next delivery is due. Due entries over the limit wait until a delivery finishes, which wakes this loop. */
  async function work(): Promise<number> {
    await fill();
    const nextDueAt = (await outbox.nextDueAt(now())) ?? Number.POSITIVE_INFINITY;
    return Math.min(Math.max(nextDueAt - now(), 0), maxIdleMs);
  }

  return {
    async add(swapId, dueAt, options = {}) {
      const { client, host, again } = options;
      await outbox.add(swapId, dueAt, options);
      if (again && client !== undefined && host !== undefined) breaker.allowProbe(receiverOf(client, host));
      loop?.wake();
    },
    start() {
      loop = repeat(work, {
        clock,
        signal: closing.signal,
        retryMs: storeRetryMs,
        onError: (error) => log.error({ err: error }, 'client webhooks are delayed by the store'),
      });
    },
    async close() {
      closing.abort();
      await sender.close();
      await loop?.done;
      await deliveries.idle();
    },
  };
}

const receiverOf = (client: string, host: string): string => `${client} ${host}`;
