import { randomUUID } from 'node:crypto';
import type { Clock } from '../lib/clock.js';
import type { FaultReporter } from '../lib/contain.js';
import type { ClientRulesReader } from './client-rules.js';
import { type ConsentLog, type ConsentPolicy, createConsentEvidence } from './consent.js';
import type { DailyQuota } from './daily-quota.js';
import type { Erasure } from './erasure.js';
import { badUserInput, type FieldProblem, mayBeAccepted, notCancelable, notFound } from './errors.js';
import type { FailpointHook } from './failpoint.js';
import { type FileViews, noFiles } from './file-urls.js';
import type { InputCheck } from './input-check.js';
import type { LatestValue } from './latest-value.js';
import type { Erasures } from './lifecycle/erasures.js';
import type { Transitions } from './lifecycle/transitions.js';
import { listSwaps, type SwapPage, type SwapPageRequest } from './list.js';
import { fingerprint } from './operations/registry.js';
import type {
  SwapClaims,
  SwapIndex,
  SwapLog,
  SwapPolicy,
  SwapPubSub,
  SwapQueue,
  SwapStore,
} from './ports.js';
import type { Redelivery } from './redelivery.js';
import { createRepetitions } from './repetitions.js';
import type { CreateSwapCommand } from './request.js';
import { type AcceptingRequest, isEnded, type QueuedSwap, queuedSwap, type Swap } from './swap.js';
import { createWaitForEnd, type Wait } from './wait-for-end.js';
import { createSwapWatch, type SwapView } from './watch.js';

export interface RequestOptions {
  /** Stored with a new swap, and part of its log lines. */
  acceptedBy?: AcceptingRequest | undefined;
  /** Called before the wait. Not new: an earlier request created the swap. */
  onAccepted?(swap: Swap, isNew: boolean): void;
  /** Aborts when the client has left: ends the wait, not the acceptance. */
  signal?: AbortSignal | undefined;
}

/** What clients can do with swaps. `client` is the caller's name; each client sees only its own swaps. */
export interface SwapService {
  /**
   * Accepts a swap, or finds the one that an identical request created. Once it resolves, the swap survives a kill of the process.
   * Waits at most `command.waitMs` for the swap to finish.
   * @throws IDEMPOTENCY_CONFLICT, QUEUE_FULL, RATE_LIMITED: nothing was accepted. UNAVAILABLE: its message says whether the swap
   *   may have been accepted; retrying with the same key is safe
   */
  request(client: string, command: CreateSwapCommand, options?: RequestOptions): Promise<SwapView>;
  /**
   * @param id the gateway's id or ModelsLab's
   * @param wait how long to wait for the swap to finish; absent: not at all
   * @returns null, at once, if there is no such swap, or it belongs to another client
   */
  get(client: string, id: string, wait?: Wait): Promise<SwapView | null>;
  /**
   * @param ids the gateway's ids only
   * @returns in the order of `ids`, null where `get` would return null
   * @throws BAD_USER_INPUT for more than 100 ids
   */
  getMany(client: string, ids: readonly string[]): Promise<(SwapView | null)[]>;
  /**
   * The client's own swaps, newest first.
   * @throws BAD_USER_INPUT for an invalid cursor or time, or a size outside 0–100
   */
  list(client: string, page: SwapPageRequest): Promise<SwapPage>;
  /**
   * The current swap, then each change; completes when the swap is finished.
   * @param wantsPosition whether views include the queue position, and its changes are emitted
   * @throws NOT_FOUND
   */
  watch(client: string, id: string, wantsPosition: boolean): Promise<LatestValue<SwapView>>;
  /** @throws NOT_FOUND; NOT_CANCELABLE once the swap has left the queue */
  cancel(client: string, id: string): Promise<SwapView>;
  /**
   * Erases a swap: at once if it has finished or can be canceled, otherwise as soon as it finishes. Idempotent.
   * @throws NOT_FOUND
   */
  erase(client: string, id: string): Promise<Erasure>;
  /** Redelivers a finished swap to its webhook. @throws NOT_FOUND, and the errors of `Redelivery` */
  redeliver(client: string, id: string): Promise<SwapView>;
}

interface ServiceDeps {
  store: SwapStore;
  swapIndex: SwapIndex;
  queue: SwapQueue;
  /** Undefined: no limit. */
  dailyQuota?: DailyQuota | undefined;
  /** Undefined: every client may have as many swaps waiting as the queue allows by default. */
  rulesOf?: ClientRulesReader | undefined;
  pubsub: SwapPubSub;
  consents: Pick<ConsentLog, 'add'>;
  consentPolicy: ConsentPolicy;
  transitions: Transitions;
  clock: Clock;
  policy: Pick<SwapPolicy, 'queueDeadlineMs'>;
  log: SwapLog;
  failpoint: FailpointHook;
  report: FaultReporter;
  /** When aborted, requests that wait for a swap to finish return it as it is. */
  draining: AbortSignal;
  /** Responses that are held for a swap to finish; beyond it, they are not held. */
  maxWaitsPerClient: number;
  redeliver: Redelivery;
  erase: Erasures['request'];
  /** Absent: pictures are not looked at. */
  checkInputs?: InputCheck | undefined;
  /** Absent: files are not archived. */
  viewFiles?: FileViews | undefined;
}

/** ModelsLab's ids are opaque text. */
const maxIdLength = 128;
/** As many as a page of a list. */
const maxIds = 100;

export function createSwapService(deps: ServiceDeps): SwapService {
  const { store, swapIndex, queue, dailyQuota, transitions, clock, policy, log, failpoint } = deps;
  const { viewFiles = noFiles, checkInputs } = deps;
  const { findRepeated, findLate } = createRepetitions(deps);
  const watch = createSwapWatch(deps);
  const waitForEnd = createWaitForEnd({ ...deps, watch });

  function view(swap: Swap): SwapView {
    const files = viewFiles(swap);
    if (swap.status !== 'QUEUED') return { swap, files, queuePosition: null };
    // Return the swap even while the queue does not respond.
    return { swap, files, queuePosition: () => queue.position(swap.id).catch(() => null) };
  }

  /** The swap, once it is finished or the wait is over. */
  async function finished(swap: Swap, wait: Wait): Promise<SwapView> {
    return view(wait.ms > 0 && !isEnded(swap) ? await waitForEnd(swap, wait) : swap);
  }

  async function find(client: string, id: string): Promise<Swap | undefined> {
    const swap = await store.get(id);
    return swap?.client === client ? swap : undefined;
  }

  async function findLinked(client: string, modelsLabId: string): Promise<Swap | undefined> {
    const id = await swapIndex.idByModelsLabId(modelsLabId);
    return id === undefined ? undefined : find(client, id);
  }

  /** @returns false if a concurrent request holds the claim; then nothing was written */
  async function create(swap: QueuedSwap, claims: SwapClaims): Promise<boolean> {
    failpoint('before-claim');
    const holder = await store.create(swap, claims).catch(mayBeAccepted);
    failpoint('after-claim');
    return holder === undefined;
  }

  /** The first record already says that the swap is never submitted, so a crash cannot cause a submission. */
  async function recover(swap: QueuedSwap): Promise<Swap> {
    if (!swap.recovered) throw new Error('the swap has no result to recover');
    const { from, result } = swap.recovered;
    try {
      const ended = await transitions.applyTransition(swap, { type: 'succeeded', result });
      log.info(
        { swap: swap.id, recoveredFrom: from },
        'completed the swap with a late result that is already paid for',
      );
      return ended;
    } catch (error) {
      const expiresAt = swap.createdAt + policy.queueDeadlineMs;
      await queue
        .restore({ id: swap.id, client: swap.client, expiresAt }, true, false)
        .catch(() => undefined);
      return mayBeAccepted(error);
    }
  }

  /** @returns false if a concurrent request holds the claim; then nothing was accepted. @throws QUEUE_FULL */
  async function enqueue(swap: QueuedSwap, claims: SwapClaims): Promise<boolean> {
    const { id, client, createdAt } = swap;
    const reservation = await queue.reserve(client, deps.rulesOf?.(client).maxWaiting);
    let isFilled = false;
    try {
      if (!(await create(swap, claims))) return false;
      isFilled = true;
      const expiresAt = createdAt + policy.queueDeadlineMs;
      await reservation.fill({ id, client, expiresAt }).catch(mayBeAccepted);
      return true;
    } finally {
      if (!isFilled) await reservation.release();
    }
  }

  async function accept(
    client: string,
    command: CreateSwapCommand,
    acceptedBy: AcceptingRequest | undefined,
  ): Promise<{ swap: Swap; isNew: boolean }> {
    const inputHash = fingerprint(command.request);
    const consentTo = ({ id, createdAt }: Pick<Swap, 'id' | 'createdAt'>) =>
      command.consent &&
      createConsentEvidence(
        { id, client, request: command.request },
        command.consent.statement,
        deps.consentPolicy,
        createdAt,
      );
    let problems: FieldProblem[] | undefined;
    for (;;) {
      // Concurrently, since each may be a round trip.
      const [repeated, late] = await Promise.all([
        findRepeated(client, command, inputHash),
        findLate(client, command, inputHash),
      ]);
      if ('id' in repeated) {
        const consent = consentTo({ id: repeated.id, createdAt: clock.now() });
        if (consent) await deps.consents.add(consent).catch(mayBeAccepted);
        // Another request is completing it concurrently, with the same outcome.
        const isUnfinished = repeated.status === 'QUEUED' && repeated.recovered;
        return { swap: isUnfinished ? await recover(repeated) : repeated, isNew: false };
      }
      const swap = queuedSwap(randomUUID(), client, command.request, clock.now(), acceptedBy);
      const claims = { fingerprint: inputHash, ...repeated, consent: consentTo(swap) };
      if (late?.lateResult) {
        const recovered = { from: late.id, result: late.lateResult.result };
        const recovering = { ...swap, recovered };
        if (await create(recovering, claims)) return { swap: await recover(recovering), isNew: true };
        continue;
      }
      if (checkInputs && !problems) {
        problems = await checkInputs(client, command.request);
        // It may have taken seconds, and what was found before it may be out of date.
        continue;
      }
      if (problems && problems.length > 0) throw badUserInput(problems);
      const endQuota = await dailyQuota?.begin(client);
      try {
        if (await enqueue(swap, claims)) return { swap, isNew: true };
      } finally {
        endQuota?.();
      }
    }
  }

  return {
    async request(client, command, { acceptedBy, onAccepted, signal } = {}) {
      const { swap, isNew } = await accept(client, command, acceptedBy);
      const ids = { swap: swap.id, ...(acceptedBy && { requestId: acceptedBy.requestId }) };
      if (isNew) log.info({ ...ids, client }, 'swap accepted');
      else log.info(ids, 'an identical request returned the swap');
      onAccepted?.(swap, isNew);
      return finished(swap, { ms: command.waitMs, signal }).catch(mayBeAccepted);
    },

    async get(client, id, wait = { ms: 0 }) {
      if (id.length > maxIdLength) return null;
      const swap = (await find(client, id)) ?? (await findLinked(client, id));
      return swap ? finished(swap, wait) : null;
    },

    async getMany(client, ids) {
      if (ids.length > maxIds)
        throw badUserInput([{ path: 'ids', message: `must have at most ${maxIds} ids` }]);
      const read = async (id: string): Promise<SwapView | null> => {
        const swap = id.length > maxIdLength ? undefined : await find(client, id);
        return swap ? view(swap) : null;
      };
      const reads = new Map([...new Set(ids)].map((id) => [id, read(id)]));
      return Promise.all(ids.map((id) => reads.get(id) ?? null));
    },

    list: (client, page) => listSwaps({ swapIndex, find, view }, client, page),

    watch: (client, id, wantsPosition) =>
      watch(id, { isVisible: (swap) => swap.client === client, wantsPosition }),

    async cancel(client, id) {
      const swap = await find(client, id);
      if (!swap) throw notFound();
      if (swap.status !== 'QUEUED' || !(await queue.withdraw(id))) throw notCancelable();
      const ended = await transitions.applyTransition(swap, { type: 'canceled' });
      if (ended.status !== 'CANCELED') throw notCancelable();
      return view(ended);
    },

    async erase(client, id) {
      const swap = await find(client, id);
      if (!swap) throw notFound();
      if (swap.status !== 'QUEUED' || !(await queue.withdraw(id))) return deps.erase(swap);
      return deps.erase(await transitions.applyTransition(swap, { type: 'canceled' }));
    },

    async redeliver(client, id) {
      const swap = await find(client, id);
      if (!swap) throw notFound();
      return view(await deps.redeliver(swap));
    },
  };
}
