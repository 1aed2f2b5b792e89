import type { Clock } from '../lib/clock.js';
import { rateLimited } from './errors.js';
import type { SwapIndex, SwapStore } from './ports.js';
import { accountsOf } from './principal.js';

export interface DailyQuota {
  /**
   * Counts a swap that is about to be accepted.
   *
   * @returns a function to call once the swap is in the index or was rejected
   * @throws RATE_LIMITED until enough of the client's swaps are a day old
   */
  begin(client: string): Promise<() => void>;
}

interface DailyQuotaDeps {
  swapIndex: Pick<SwapIndex, 'accountPage'>;
  store: Pick<SwapStore, 'get'>;
  clock: Pick<Clock, 'now'>;
  /** Swaps that a client may have accepted within 24 hours; undefined: no limit. */
  limitOf(client: string): number | undefined;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Limits how many swaps of each client are accepted within any 24 hours; those of a client token count for its parent as well. Counts swaps in the index, so the limit survives
 * restarts; concurrent requests on different instances may exceed it by their number.
 */
export function createDailyQuota({ swapIndex, store, clock, limitOf }: DailyQuotaDeps): DailyQuota {
  const pending = new Map<string, number>();

  const count = (client: string, change: number): void => {
    const left = (pending.get(client) ?? 0) + change;
    if (left > 0) pending.set(client, left);
    else pending.delete(client);
  };

  /** When the client's n-th newest swap was accepted; undefined if there are fewer. */
  const acceptedAt = async (account: string, n: number): Promise<number | undefined> => {
    const row = (await swapIndex.accountPage(account, n))[n - 1];
    return row && (await store.get(row.id))?.createdAt;
  };

  const check = async (client: string, limit: number): Promise<void> => {
    const others = (pending.get(client) ?? 0) - 1;
    const decisive = others >= limit ? clock.now() : await acceptedAt(client, limit - others);
    const waitMs = decisive === undefined ? 0 : decisive + dayMs - clock.now();
    if (waitMs <= 0) return;
    // A pending swap may still be rejected, or briefly be counted twice.
    throw rateLimited(`You have reached the limit of ${limit} swaps per 24 hours.`, others > 0 ? 0 : waitMs);
  };

  return {
    async begin(client) {
      const accounts = accountsOf(client);
      const end = (): void => {
        for (const account of accounts) count(account, -1);
      };
      // Counted without a limit too, since one may be set in the meantime.
      for (const account of accounts) count(account, 1);
      try {
        for (const account of accounts) {
          const limit = limitOf(account);
          if (limit !== undefined) await check(account, limit);
        }
      } catch (error) {
        end();
        throw error;
      }
      return end;
    },
  };
}
