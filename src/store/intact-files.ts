import type { Clock, SwapLedger, SwapLog, SwapStore } from '../swap/ports.js';
import { unavailable } from '../swap/swap-error.js';
import type { SqliteDatabase } from './sqlite-database.js';

export interface IntactFilesOptions {
  database: Pick<SqliteDatabase, 'assertDurable'>;
  store: SwapStore;
  ledger: SwapLedger;
  clock: Clock;
  log: SwapLog;
  /** When it aborts, no more checks are made. */
  signal: AbortSignal;
}

const checkIntervalMs = 60_000;

/**
 * Takes care of a database whose file was deleted or replaced, or whose disk no longer syncs. What is written then is gone
 * with the process, so from that moment on nothing new is accepted and nothing is submitted, which is all UNAVAILABLE, and `ping`
 * fails. Swaps that are at ModelsLab go on to their end, so that those who wait for them get what was paid for.
 *
 * Checked with each of these and once a minute. Said once: it stays so until the process is started again.
 */
export function requireIntactFiles({ database, store, ledger, clock, log, signal }: IntactFilesOptions): {
  store: SwapStore;
  ledger: SwapLedger;
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
      async save(swap) {
        // A queued swap is one that is being accepted, or about to be submitted.
        if (swap.status === 'QUEUED') check();
        await store.save(swap);
        if (swap.status === 'QUEUED') check();
      },
      async ping() {
        check();
        await store.ping();
      },
    },
    ledger: {
      ...ledger,
      async accept(acceptance) {
        if (lost) throw unavailable(lost);
        return ledger.accept(acceptance);
      },
    },
    checking: checkRegularly(),
  };
}
