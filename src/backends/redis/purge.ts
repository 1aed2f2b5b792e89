import type { Clock } from '../../lib/clock.js';
import type { SwapLog } from '../../swap/ports.js';
import type { RedisConnection } from './connection.js';

/** Erasures often come in groups: a client erases several swaps. */
const delayMs = 1000;
/** Rewriting the files of a large Redis takes a minute and more. */
const intervalMs = 60_000;
/** Keys expire without a trace in a log or counter, so the files are rewritten this often even without an erasure. */
const dailyMs = 24 * 60 * 60 * 1000;

export interface RedisPurge {
  purge(): Promise<void>;
  close(): void;
}

/**
 * Has Redis rewrite its append-only file and its dump, which still have what was deleted or has expired: soon after erasures, at
 * most once a minute, and once a day, each by one of the instances. A Redis that does not allow it says so once in the log; its operator
 * then has to see to it.
 */
export function createRedisPurge(redis: RedisConnection, clock: Clock, log: SwapLog): RedisPurge {
  const closing = new AbortController();
  let isScheduled = false;
  let hasFailed = false;

  async function rewrite(): Promise<void> {
    try {
      await redis.orUnavailable(async (client) => {
        const persistence = await client.info('persistence');
        if (/^aof_enabled:1/m.test(persistence)) await client.sendCommand(['BGREWRITEAOF']);
        const { save = '' } = await client.configGet('save');
        if (save !== '') await client.sendCommand(['BGSAVE', 'SCHEDULE']);
      });
    } catch (error) {
      if (!hasFailed)
        log.warn({ err: error }, 'Redis does not rewrite its files, which may still contain erased data');
      hasFailed = true;
    }
  }

  /** @returns whether this instance is the first within `ms` */
  const isFirst = async (name: string, ms: number): Promise<boolean> => {
    const key = `${redis.prefix}purged:${name}`;
    const expiration = { type: 'PX', value: ms } as const;
    const reply = await redis
      .orUnavailable((client) => client.set(key, '1', { condition: 'NX', expiration }))
      .catch(() => null);
    return reply === 'OK';
  };

  async function rewriteLater(): Promise<void> {
    isScheduled = true;
    await clock.sleep(delayMs, closing.signal);
    while (!closing.signal.aborted && !(await isFirst('erased', intervalMs)))
      await clock.sleep(intervalMs, closing.signal);
    isScheduled = false;
    if (!closing.signal.aborted) await rewrite();
  }

  void (async () => {
    while (!closing.signal.aborted) {
      await clock.sleep(dailyMs, closing.signal);
      if (!closing.signal.aborted && (await isFirst('daily', dailyMs / 2))) await rewrite();
    }
  })();

  return {
    async purge() {
      if (!isScheduled) void rewriteLater();
    },
    close: () => closing.abort(),
  };
}
