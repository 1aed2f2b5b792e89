import { CloseCode } from 'graphql-ws';
import { contain, type FaultReporter } from '../../lib/contain.js';
import type { Principal } from '../../swap/principal.js';
import type { Connection } from './connection.js';
import type { SocketTimes } from './limits.js';

/** Checks all connections with a single timer; timers per connection would cost memory. */
export interface KeepAlive {
  add(connection: Connection): void;
  remove(connection: Connection): void;
  stop(): void;
}

/**
 * Closes connections that send no `connection_init`, whose key or token has expired or was revoked, that do not respond to pings, or that do not
 * read what they are sent.
 */
export function createKeepAlive(
  times: SocketTimes,
  report: FaultReporter,
  isRevoked: (principal: Principal) => boolean = () => false,
): KeepAlive {
  const watched = new Set<Connection>();

  const check = (connection: Connection, now: number, time: number): void => {
    const { socket, principal } = connection;
    // While messages are queued the socket is paused, so the init or pong may not have been read yet.
    const isSilent = connection.waitingMessages === 0;
    if (!connection.isInitialized && isSilent && now - connection.pingedAt >= times.initTimeoutMs) {
      connection.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
    } else if (principal?.expiresAt !== undefined && principal.expiresAt <= time) {
      connection.close(CloseCode.Forbidden, 'Token expired');
    } else if (principal && isRevoked(principal)) {
      connection.close(CloseCode.Forbidden, 'Access revoked');
    } else if (isStalled(connection, now, times.stallTimeoutMs)) {
      socket.terminate();
    } else if (now - connection.pingedAt >= times.pingIntervalMs) {
      if (!connection.isAlive) {
        if (isSilent) socket.terminate();
        return;
      }
      connection.pingedAt = now;
      connection.isAlive = false;
      socket.ping();
    }
  };
  const timer = setInterval(() => {
    const now = performance.now();
    const time = Date.now();
    for (const connection of watched) {
      const run = (): void => {
        if (connection.isOpen()) check(connection, now, time);
      };
      contain(report, 'timer', run, () => connection.socket.terminate());
    }
  }, times.checkIntervalMs).unref();

  return {
    add: (connection) => void watched.add(connection),
    remove: (connection) => void watched.delete(connection),
    stop: () => clearInterval(timer),
  };
}

/** Whether buffered data has made no progress for longer than the timeout. */
function isStalled(connection: Connection, now: number, timeoutMs: number): boolean {
  const waiting = connection.socket.bufferedAmount;
  const flushed = connection.sentBytes() - waiting;
  if (waiting === 0) connection.stalledSince = 0;
  else if (connection.stalledSince === 0 || flushed > connection.flushedBytes) connection.stalledSince = now;
  connection.flushedBytes = flushed;
  return connection.stalledSince > 0 && now - connection.stalledSince > timeoutMs;
}
