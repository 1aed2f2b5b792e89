import { createHash } from 'node:crypto';
import { createClient } from '@redis/client';
import type { SwapLog } from '../swap/ports.js';
import { unavailable } from '../swap/swap-error.js';
import { createConnectionFence } from './connection-fence.js';

export type RedisClient = ReturnType<typeof createClient>;

/** A Lua script: whatever it does is done at once, or not at all, for all instances. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

/** One connection to Redis that is kept up, and fails fast while it is not. */
export interface RedisConnection {
  /** Before every key of this deployment. */
  readonly prefix: string;
  readonly client: RedisClient;
  /** @throws UNAVAILABLE at once without a connection, and after a second without an answer; then it may still be done */
  reach<T>(work: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Runs a script; arguments are `ARGV`, after the prefix in `ARGV[1]`. @throws UNAVAILABLE as `reach` does */
  run(script: RedisScript, ...args: (string | number)[]): Promise<unknown>;
  /** The same, but waits for the answer as long as the connection lasts: for work that nobody waits for. */
  runPatiently(script: RedisScript, ...args: (string | number)[]): Promise<unknown>;
  /** Calls `listener` each time the connection can be used again, but for those times that have been. */
  onReady(listener: () => void): void;
  /** Resolves when there is a connection, at once if there is. */
  ready(): Promise<void>;
  close(): void;
}

export interface RedisConnectionOptions {
  url: string;
  prefix: string;
  /** Told of each attempt to connect that failed, if given. */
  log?: SwapLog | undefined;
}

/** Together with a turn of the event loop or two, what a request may lose to a Redis that hangs. */
const commandTimeoutMs = 1000;
const firstRetryMs = 100;
const maxRetryMs = 2000;
const connectTimeoutMs = 2000;
/** A connection that is silent for longer than the second, while asked at the pace of the first, is made anew. */
const pingIntervalMs = 1000;
const silenceMs = 4000;

export const redisScript = (text: string): RedisScript => ({
  text,
  sha: createHash('sha1').update(text).digest('hex'),
});

/** Connects in the background, for as long as it takes. */
export function connectRedis({ url, prefix, log }: RedisConnectionOptions): RedisConnection {
  let failures = 0;
  /** Set while an answer is overdue: nobody else needs to wait for a second to find out. */
  let isOverdue = false;
  let isUsable = false;
  const readyListeners = new Set<() => void>();

  const client: RedisClient = createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: pingIntervalMs,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: connectTimeoutMs,
      socketTimeout: silenceMs,
      reconnectStrategy(_retries, cause) {
        const retryInMs = Math.min(firstRetryMs * 2 ** Math.min(failures, 10), maxRetryMs);
        failures += 1;
        log?.warn(
          { attempt: failures, retryInMs, reason: reasonOf(cause) },
          'Redis cannot be reached; trying again',
        );
        return retryInMs;
      },
    },
  });
  // What goes wrong is told by reconnectStrategy; without a listener it would end the process.
  client.on('error', () => undefined);
  const fence = createConnectionFence(client);
  client.on('ready', () => {
    isUsable = false;
    void fence()
      .then(() => {
        // Lost in the meantime, it will be ready again.
        if (!client.isReady) return;
        if (failures > 0) log?.info({ attempts: failures }, 'Redis is reached again');
        failures = 0;
        isOverdue = false;
        isUsable = true;
        for (const listener of readyListeners) listener();
      })
      .catch((error: unknown) => log?.error({ err: error }, 'Redis is connected, but not in use'));
  });
  const connected = new Promise<void>((resolve) => {
    readyListeners.add(resolve);
  });
  client.connect().catch(() => undefined);

  async function reach<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    if (isOverdue) throw unavailable(new Error('Redis does not answer'));
    checkUsable();
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = work(client);
      const timeUp = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          isOverdue = true;
          const isBack = (): void => {
            isOverdue = false;
          };
          answer.then(isBack, isBack);
          reject(new Error(`Redis did not answer within ${commandTimeoutMs} ms`));
        }, commandTimeoutMs);
      });
      return await Promise.race([answer, timeUp]);
    } catch (error) {
      throw unavailable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  function checkUsable(): void {
    if (!isUsable || !client.isReady) throw unavailable(new Error('Redis is not connected'));
  }

  async function evaluate(script: RedisScript, args: (string | number)[]): Promise<unknown> {
    const options = { arguments: [prefix, ...args.map(String)] };
    try {
      return await client.evalSha(script.sha, options);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.eval(script.text, options);
    }
  }

  return {
    prefix,
    client,
    reach,
    run: (script, ...args) => reach(() => evaluate(script, args)),
    async runPatiently(script, ...args) {
      checkUsable();
      return evaluate(script, args).catch((error: unknown) => {
        throw unavailable(error);
      });
    },
    onReady: (listener) => void readyListeners.add(listener),
    ready: () => connected,
    close: () => client.destroy(),
  };
}

/** Node tells of a refused connection in an error without a message of its own. */
function reasonOf(error: Error & { code?: string }): string {
  return error.message || (error.code ?? error.name);
}
