import type { Clock } from '../../lib/clock.js';
import { repeat } from '../../lib/repeat.js';
import type { SwapLog, SwapQueue } from '../ports.js';
import type { AccountAnswer, AccountFacts, ProviderAccount } from '../provider-account.js';

export interface AccountChecks {
  /** Resolves after the first answers, or soon without them, so that the queue starts with free slots only. */
  start(): Promise<void>;
  facts(): AccountFacts;
  /** Asks no more. What is being asked may still respond, without effect. */
  close(): void;
}

interface AccountChecksDeps {
  account: ProviderAccount;
  queue: Pick<SwapQueue, 'counts' | 'occupy' | 'pauses' | 'resume'>;
  /** MODELSLAB_QUEUE_LIMIT. */
  slots: number;
  clock: Clock;
  log: SwapLog;
  /** True for one of all instances in that time, milliseconds. */
  takeTurn(name: string, ms: number): Promise<boolean>;
}

/** ModelsLab answers 30 times a minute, over all programs and instances. */
const countEveryMs = 2500;
/** Other programs' slots count for as long, unless a later answer replaces them. */
const countValidMs = 10_000;
/** While other programs seem to hold every slot for as long, one swap is submitted anyway: the count may be something else. */
const blockedMs = 60_000;
const balanceEveryMs = 5 * 60_000;
const balanceValidMs = 3 * balanceEveryMs;
/** While the account has no credits. */
const balanceTickMs = 5000;
const startWaitMs = 3000;
/** Where an answer is missing, it is asked for again after a minute, then ever more rarely. */
const firstRetryMs = 60_000;
const maxRetryMs = 60 * 60_000;

/**
 * Asks about the account, and has an effect only where ModelsLab answers: slots that other programs hold are not used, and a
 * balance that rises ends a pause for lack of credits. A missing answer is logged once.
 */
export function createAccountChecks(deps: AccountChecksDeps): AccountChecks {
  const { account, queue, slots, clock, log, takeTurn } = deps;
  const closing = new AbortController();
  const counted = createReading(clock, log, 'how many swaps the account has in its queue', countValidMs);
  const wallet = createReading(clock, log, "the account's balance", balanceValidMs);
  let blockedSince: number | undefined;
  let balanceAskedAt = Number.NEGATIVE_INFINITY;

  async function count(): Promise<number> {
    if (!(await takeTurn('request-count', countEveryMs))) return countEveryMs;
    const before = await queue.counts();
    const answer = await account.processing();
    if (closing.signal.aborted) return countEveryMs;
    const after = await queue.counts();
    const value = counted.note(answer);
    // Own swaps count once. One that has just begun or ended may be in only one of the numbers: the smaller one leaves room.
    const others = value === undefined ? 0 : Math.max(value - Math.min(before.running, after.running), 0);
    await queue.occupy(others < slots ? others : heldByOthers(after.waiting > 0), countValidMs);
    if (others < slots) blockedSince = undefined;
    return counted.isSilent() ? counted.retryMs() : countEveryMs;
  }

  function heldByOthers(isWaiting: boolean): number {
    const now = clock.monotonic();
    blockedSince = isWaiting ? (blockedSince ?? now) : undefined;
    if (blockedSince === undefined || now - blockedSince < blockedMs) return slots;
    blockedSince = now;
    return slots - 1;
  }

  async function readBalance(): Promise<number> {
    if (wallet.isSilent() && clock.monotonic() - balanceAskedAt < wallet.retryMs()) return balanceTickMs;
    const lacksCredits = (await queue.pauses()).some(({ reason }) => reason === 'ACCOUNT_CREDITS');
    if (!lacksCredits && clock.monotonic() - balanceAskedAt < balanceEveryMs) return balanceTickMs;
    balanceAskedAt = clock.monotonic();
    const previous = wallet.value();
    const answer = await account.balance();
    if (closing.signal.aborted) return balanceTickMs;
    const balance = wallet.note(answer);
    if (lacksCredits && balance !== undefined && previous !== undefined && balance > previous) {
      const ended = await queue.resume(['ACCOUNT_CREDITS']);
      if (ended.length > 0) log.info({}, "the account's balance has risen; swaps are submitted again");
    }
    return balanceTickMs;
  }

  const begin = (work: () => Promise<number>): Promise<void> =>
    new Promise((resolve) => {
      const run = (): Promise<number> => work().finally(resolve);
      // The queue is out of reach, which others report.
      const onError = (): void => undefined;
      repeat(run, { clock, signal: closing.signal, retryMs: balanceTickMs, onError });
    });

  return {
    start: () =>
      Promise.race([
        Promise.all([begin(count), begin(readBalance)]).then(() => undefined),
        clock.sleep(startWaitMs, closing.signal),
      ]),
    facts() {
      const [processing, balance] = [counted.value(), wallet.value()];
      return { ...(processing !== undefined && { processing }), ...(balance !== undefined && { balance }) };
    },
    close: () => closing.abort(),
  };
}

/** The last answer, which counts for `validMs`, and how often none came. @param what is asked for, for the log */
function createReading(clock: Clock, log: SwapLog, what: string, validMs: number) {
  let last: { value: number; at: number } | undefined;
  let failures = 0;
  return {
    /** @returns the value that was told */
    note(answer: AccountAnswer): number | undefined {
      if (answer.kind === 'told') {
        if (failures > 0) log.info({}, `ModelsLab tells ${what} again`);
        failures = 0;
        last = { value: answer.value, at: clock.monotonic() };
        return answer.value;
      }
      if (failures === 0)
        log.info(
          { reason: answer.reason },
          `ModelsLab does not tell ${what}; swaps are submitted without it`,
        );
      failures += 1;
      last = undefined;
      return undefined;
    },
    value: (): number | undefined => (last && clock.monotonic() - last.at < validMs ? last.value : undefined),
    isSilent: (): boolean => failures > 0,
    retryMs: (): number => Math.min(firstRetryMs * 2 ** (failures - 1), maxRetryMs),
  };
}
