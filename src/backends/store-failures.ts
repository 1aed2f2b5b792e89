import type { Clock } from '../lib/clock.js';
import { createRateLimiter } from '../lib/rate-limiter.js';
import type { LatePollSchedule } from '../swap/late-poll-schedule.js';
import type { SwapLog } from '../swap/ports.js';
import type { Backend } from './backend.js';

type StoragePorts = Pick<Backend, 'store' | 'swapIndex' | 'outbox' | 'latePolls' | 'usage' | 'consents'> &
  Partial<Pick<Backend, 'archiveJobs' | 'erasures' | 'erasureJobs'>>;

/** Rate limit on log lines: while the store is down, every request fails. */
const lineRate = { perSecond: 1, burst: 20 };

/**
 * Wraps the ports to log the cause of each failure with its swap; clients get only UNAVAILABLE. Each error object is logged
 * once; suppressed lines are counted in the next one.
 */
export function logStoreFailures<T extends StoragePorts>(
  ports: T,
  log: SwapLog,
  clock: Pick<Clock, 'now'>,
): T {
  const { store, swapIndex, outbox, latePolls, archiveJobs, erasures, erasureJobs, usage, consents } = ports;
  const logged = new WeakSet<object>();
  const lines = createRateLimiter(lineRate, 1, clock.now);
  let suppressed = 0;

  function report(error: unknown, operation: string, swap: string | undefined): void {
    const cause = rootCause(error);
    if (typeof cause === 'object' && cause !== null) {
      if (logged.has(cause)) return;
      logged.add(cause);
    }
    if (lines.take('') > 0) {
      suppressed += 1;
      return;
    }
    log.error(
      { operation, err: cause, ...(swap !== undefined && { swap }), ...(suppressed > 0 && { suppressed }) },
      'the store failed',
    );
    suppressed = 0;
  }

  const watched =
    <Arguments extends unknown[], Result>(
      operation: string,
      work: (...given: Arguments) => Promise<Result>,
      swapOf: (...given: Arguments) => string | undefined,
    ) =>
    async (...given: Arguments): Promise<Result> => {
      try {
        return await work(...given);
      } catch (error) {
        report(error, operation, swapOf(...given));
        throw error;
      }
    };
  const first = (id: string): string => id;
  const idOf = ({ id }: { id: string }): string => id;
  const none = (): undefined => undefined;
  const watchedSchedule = (schedule: LatePollSchedule): LatePollSchedule => ({
    add: watched('add', schedule.add, first),
    take: watched('take', schedule.take, none),
    postpone: watched('postpone', schedule.postpone, first),
    remove: watched('remove', schedule.remove, first),
    nextDueAt: watched('nextDueAt', schedule.nextDueAt, none),
  });

  return {
    ...ports,
    store: {
      ...store,
      create: watched('create', store.create, idOf),
      save: watched('save', store.save, idOf),
      finish: watched('finish', store.finish, idOf),
      saveLateResult: watched('saveLateResult', store.saveLateResult, idOf),
      erase: watched('erase', store.erase, idOf),
      saveArchive: watched('saveArchive', store.saveArchive, idOf),
      get: watched('get', store.get, first),
    },
    swapIndex: {
      ...swapIndex,
      holder: watched('holder', swapIndex.holder, none),
      assign: watched('assign', swapIndex.assign, (_client, _claim, { swapId }) => swapId),
      link: watched('link', swapIndex.link, first),
      idByModelsLabId: watched('idByModelsLabId', swapIndex.idByModelsLabId, none),
      modelsLabIdOf: watched('modelsLabIdOf', swapIndex.modelsLabIdOf, first),
      markEnded: watched('markEnded', swapIndex.markEnded, first),
      page: watched('page', swapIndex.page, none),
      accountPage: watched('accountPage', swapIndex.accountPage, none),
      candidates: watched('candidates', swapIndex.candidates, none),
      open: watched('open', swapIndex.open, none),
    },
    outbox: {
      ...outbox,
      add: watched('add', outbox.add, first),
      take: watched('take', outbox.take, none),
      postpone: watched('postpone', outbox.postpone, ({ swapId }) => swapId),
      remove: watched('remove', outbox.remove, ({ swapId }) => swapId),
      giveUp: watched('giveUp', outbox.giveUp, ({ swapId }) => swapId),
      list: watched('list', outbox.list, none),
      nextDueAt: watched('nextDueAt', outbox.nextDueAt, none),
    },
    latePolls: watchedSchedule(latePolls),
    ...(erasures && {
      erasures: {
        get: watched('getErasure', erasures.get, first),
        save: watched('saveErasure', erasures.save, ({ swapId }) => swapId),
      },
    }),
    ...(erasureJobs && { erasureJobs: watchedSchedule(erasureJobs) }),
    ...(archiveJobs && { archiveJobs: watchedSchedule(archiveJobs) }),
    usage: {
      read: watched('readUsage', usage.read, none),
      remove: watched('removeUsage', usage.remove, none),
    },
    consents: {
      add: watched('add', consents.add, ({ swapId }) => swapId),
      get: watched('get', consents.get, first),
      page: watched('page', consents.page, none),
    },
  };
}

/** Unwraps the client-facing error to the store's own, which the operator needs. */
function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.name === 'GatewayError' && cause.cause !== undefined)
    cause = cause.cause;
  return cause;
}
