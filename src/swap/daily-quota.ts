import type { Clock } from '../lib/clock.js';
import { GatewayError } from './errors.js';
import type { SwapIndex, SwapQueue, SwapStore } from './ports.js';

export interface DailyQuotaDeps {
  swapIndex: Pick<SwapIndex, 'page'>;
  store: Pick<SwapStore, 'get'>;
  clock: Pick<Clock, 'now'>;
  /** Swaps that one client may have accepted within 24 hours. */
  limit: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The queue, with a limit to how many swaps each client gets accepted within any 24 hours. Reserving a place is the one
 * step that every new swap takes and no repeated request does, so asking again for a swap stays free.
 *
 * Counts by the swapIndex, so it holds after a restart; requests at the same moment on different instances may exceed it
 * by their number.
 *
 * @throws from `reserve`: RATE_LIMITED until enough of the client's swaps are a day old
 */
export function withDailyQuota(
  queue: SwapQueue,
  { swapIndex, store, clock, limit }: DailyQuotaDeps,
): SwapQueue {
  const underWay = new Map<string, number>();

  const count = (client: string, change: number): void => {
    const left = (underWay.get(client) ?? 0) + change;
    if (left > 0) underWay.set(client, left);
    else underWay.delete(client);
  };

  /** When the client's n-th newest swap was accepted, or undefined if it has fewer. */
  const acceptedAt = async (client: string, n: number): Promise<number | undefined> => {
    const row = (await swapIndex.page(client, n))[n - 1];
    return row && (await store.get(row.id))?.createdAt;
  };

  const check = async (client: string): Promise<void> => {
    const others = (underWay.get(client) ?? 0) - 1;
    const decisive = others >= limit ? clock.now() : await acceptedAt(client, limit - others);
    const waitMs = decisive === undefined ? 0 : decisive + dayMs - clock.now();
    if (waitMs <= 0) return;
    // What is under way may come to nothing, or be counted twice for a moment.
    const retryAfter = others > 0 ? 1 : Math.ceil(waitMs / 1000);
    throw new GatewayError('RATE_LIMITED', `Not more than ${limit} swaps a day.`, { retryAfter });
  };

  return {
    ...queue,
    async reserve(client) {
      count(client, 1);
      try {
        await check(client);
        const reservation = await queue.reserve(client);
        const done = (): void => count(client, -1);
        return {
          fill: (entry) => reservation.fill(entry).finally(done),
          release: () => reservation.release().finally(done),
        };
      } catch (error) {
        count(client, -1);
        throw error;
      }
    },
  };
}
