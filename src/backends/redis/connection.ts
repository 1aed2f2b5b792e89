import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { unavailable } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';
import { createConnectionFence } from './connection-fence.js';
import { createRejectionLog } from './rejection-log.js';

export type RedisClient = ReturnType<typeof createClient>;

/** A Lua script, which runs atomically with respect to all instances. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

/** A connection to Redis that reconnects by itself, and fails fast in the meantime. */
export interface RedisConnection {
  /** Prefix of every key of this deployment. */
  readonly prefix: string;
  readonly client: RedisClient;
  /** @throws UNAVAILABLE at once without a connection, and after a second without a reply; the command may still run then */
  orUnavailable<T>(work: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Runs a script; arguments are `ARGV`, after the prefix in `ARGV[1]`. @throws UNAVAILABLE as `orUnavailable` does */
  run(script: RedisScript, ...args: (string | number)[]): Promise<unknown>;
  /** Like `run`, but waits for the reply as long as the connection lasts: for background work. */
  runUntilAnswered(script: RedisScript, ...args: (string | number)[]): Promise<unknown>;
  /** Calls `listener` each time the connection becomes usable from now on. */
  onReady(listener: () => void): void;
  /** Resolves once there has been a connection. */
  ready(): Promise<void>;
  /** Whether commands can be sent now. */
  isUsable(): boolean;
  /** Reconnects: the host name may resolve to another server by now. */
  reconnect(): void;
  /** Calls `listener` each time the connection is dropped because its server is unfit. */
  onUnfit(listener: () => void): void;
  close(): void;
}

export interface RedisConnectionOptions {
  url: string;
  prefix: string;
  /** CA certificates as PEM, trusted instead of the default ones; for `rediss:` only. */
  ca?: string | undefined;
  /** Logs failed connection attempts. */
  log?: SwapLog | undefined;
  /** Logs error replies to commands. */
  rejectionLog?: SwapLog | undefined;
}

/** How long a hanging Redis may delay a request. */
const commandTimeoutMs = 1000;
const firstRetryMs = 100;
const maxRetryMs = 2000;
const connectTimeoutMs = 2000;
/** Minimum time between reconnects away from a server that stays unfit, for example with a full disk. */
const minLeaveIntervalMs = 2000;
/** PING interval. A connection without a reply for `silenceMs` is replaced. */
const pingIntervalMs = 1000;
const silenceMs = 4000;

/** Errors of a server that accepts no writes: a replica, one that is loading, or one that cannot write to disk. */
const unfitReply = /\b(READONLY|MASTERDOWN|LOADING|MISCONF|NOREPLICAS) /;
/** Errors that make the connection useless. */
const uselessReply = /\b(READONLY|MASTERDOWN|LOADING) /;

export const redisScript = (text: string): RedisScript => ({
  text,
  sha: createHash('sha1').update(text).digest('hex'),
});

/** Connects in the background, and retries until it succeeds. */
export function connectRedis({
  url,
  prefix,
  ca,
  log,
  rejectionLog,
}: RedisConnectionOptions): RedisConnection {
  let failures = 0;
  /** Set while a reply is overdue: other calls then fail at once instead of after a second. */
  let isOverdue = false;
  let isUsable = false;
  let connections = 0;
  /** Why the server was dropped; cleared once a server is reached again. */
  let unfitness: string | undefined;
  let leftAt = Number.NEGATIVE_INFINITY;
  const readyListeners = new Set<() => void>();
  const unfitListeners = new Set<() => void>();

  const logRejection = rejectionLog && createRejectionLog(rejectionLog);
  const retryDelayMs = (): number => Math.min(firstRetryMs * 2 ** Math.min(failures, 10), maxRetryMs);

  const client: RedisClient = createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: pingIntervalMs,
    maintNotifications: 'disabled',
    socket: {
      ...(ca !== undefined && { tls: true as const, ca }),
      connectTimeout: connectTimeoutMs,
      socketTimeout: silenceMs,
      reconnectStrategy(_retries, cause) {
        const retryInMs = retryDelayMs();
        failures += 1;
        log?.warn(
          { attempt: failures, retryInMs, reason: unfitness ?? reasonOf(cause) },
          'cannot reach Redis; retrying',
        );
        return retryInMs;
      },
    },
  });
  // `reconnectStrategy` logs failures; without a listener, an error would end the process.
  client.on('error', () => undefined);
  const fence = createConnectionFence(client, (reason) =>
    log?.warn(
      { reason },
      'Redis does not permit CLIENT KILL or CLIENT INFO: a write abandoned with its connection may still run after a later one',
    ),
  );
  client.on('ready', () => {
    isUsable = false;
    connections += 1;
    const connection = connections;
    void fence()
      .then(async () => {
        const refusal = await tryToWrite();
        const isLost = (): boolean => !client.isReady || connection !== connections;
        // Lost in the meantime; `ready` fires again.
        if (isLost()) return;
        if (refusal !== undefined && uselessReply.test(refusal)) {
          unfitness = refusal;
          // The client reconnects without delay after an established connection.
          await sleep(retryDelayMs(), undefined, { ref: false });
          if (!isLost()) leave(refusal);
          return;
        }
        unfitness = undefined;
        if (failures > 0) log?.info({ attempts: failures }, 'reconnected to Redis');
        failures = 0;
        isOverdue = false;
        isUsable = true;
        for (const listener of readyListeners) listener();
      })
      .catch((error: unknown) =>
        log?.error({ err: error }, 'connected to Redis, but setting up the connection failed'),
      );
  });
  const connected = new Promise<void>((resolve) => {
    readyListeners.add(resolve);
  });
  client.connect().catch(() => undefined);

  /** A no-op write. @returns the server's error, if any */
  const tryToWrite = (): Promise<string | undefined> =>
    client.sendCommand(['DEL', `${prefix}nothing`]).then(
      () => undefined,
      (error: Error) => error.message,
    );

  /** Disconnects with QUIT, after which the client reconnects. */
  function leave(reason: string): void {
    unfitness = reason;
    isUsable = false;
    leftAt = performance.now();
    client.sendCommand(['QUIT']).catch(() => undefined);
  }

  /** Leaves an unfit server: after a failover, the host name points to the new primary, but open connections still lead to the old one. */
  function checkFitness(error: unknown): void {
    logRejection?.(error);
    if (!(error instanceof Error) || !isUsable || !unfitReply.test(error.message.slice(0, 300))) return;
    if (performance.now() - leftAt < minLeaveIntervalMs) return;
    leave(error.message);
    for (const listener of unfitListeners) listener();
  }

  async function orUnavailable<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    if (isOverdue) throw unavailable(new Error('Redis does not respond'));
    checkUsable();
    let timer: NodeJS.Timeout | undefined;
    try {
      const reply = work(client);
      const timeUp = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          isOverdue = true;
          const isBack = (): void => {
            isOverdue = false;
          };
          reply.then(isBack, isBack);
          reject(new Error(`Redis did not respond within ${commandTimeoutMs} ms`));
        }, commandTimeoutMs);
      });
      return await Promise.race([reply, timeUp]);
    } catch (error) {
      checkFitness(error);
      throw unavailable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  const canSend = (): boolean => isUsable && client.isReady;

  function checkUsable(): void {
    if (!canSend()) throw unavailable(new Error('Redis is not connected'));
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
    orUnavailable,
    run: (script, ...args) => orUnavailable(() => evaluate(script, args)),
    async runUntilAnswered(script, ...args) {
      checkUsable();
      return evaluate(script, args).catch((error: unknown) => {
        checkFitness(error);
        throw unavailable(error);
      });
    },
    onReady: (listener) => void readyListeners.add(listener),
    ready: () => connected,
    isUsable: canSend,
    reconnect() {
      if (isUsable) leave('a reconnect was requested');
    },
    onUnfit: (listener) => void unfitListeners.add(listener),
    close: () => client.destroy(),
  };
}

/** Node's error for a refused connection may have no message. */
function reasonOf(error: Error & { code?: string }): string {
  return error.message || (error.code ?? error.name);
}
