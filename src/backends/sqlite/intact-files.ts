import type { Clock } from '../../lib/clock.js';
import { unavailable } from '../../swap/errors.js';
import type { SwapLog, SwapStore } from '../../swap/ports.js';
import type { SqliteDatabase } from './database.js';

export interface IntactFilesOptions {
  database: Pick<SqliteDatabase, 'assertDurable'>;
  store: SwapStore;
  clock: Clock;
  log: SwapLog;
  /** Aborting stops the checks. */
  signal: AbortSignal;
}

const checkIntervalMs = 60_000;

/**
 * Guards against a database file that was deleted or replaced, or a disk that no longer syncs. Later writes would be lost with the
 * process, so nothing more is accepted or submitted (UNAVAILABLE), and `ping` fails. Swaps already at ModelsLab still
 * finish, so that clients waiting for them get the result that is paid for.
 *
 * Checked on each of these operations and once a minute. Logged once: it persists until a restart.
 */
export function requireIntactFiles({ database, store, clock, log, signal }: IntactFilesOptions): {
  store: SwapStore;
  checking: Promise<void>;
} {
  let lost: Error | undefined;

  function check(): void {
    if (!lost) {
      try {
        database.assertDurable();
        return;
      } catch (error) {
        lost = error as Error;
        log.error(
          { err: lost },
          'the database is lost: no swap is accepted or submitted until the gateway is restarted',
        );
      }
    }
    throw unavailable(lost);
  }

  async function checkRegularly(): Promise<void> {
    while (!signal.aborted && !lost) {
      try {
        check();
      } catch {
        return;
      }
      await clock.sleep(checkIntervalMs, signal);
    }
  }

  return {
    store: {
      ...store,
      async create(swap, claims) {
        check();
        const holder = await store.create(swap, claims);
        check();
        return holder;
      },
      async save(swap) {
        // A queued swap is about to be submitted.
        if (swap.status === 'QUEUED') check();
        await store.save(swap);
        if (swap.status === 'QUEUED') check();
      },
      async ping() {
        check();
        await store.ping();
      },
    },
    checking: checkRegularly(),
  };
}
