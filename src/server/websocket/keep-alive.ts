import { CloseCode } from 'graphql-ws';
import { contain, type FaultReporter } from '../../lib/contain.js';
import type { Connection } from './connection.js';
import type { SocketTimes } from './limits.js';

/** Looks after all sockets by one timer, where one or two timers a socket would cost memory. */
export interface KeepAlive {
  add(session: Connection): void;
  remove(session: Connection): void;
  stop(): void;
}

/** Ends sockets that do not introduce themselves, whose token has expired, whose client does not answer pings, or does not read. */
export function createKeepAlive(times: SocketTimes, report: FaultReporter): KeepAlive {
  const watched = new Set<Connection>();

  const look = (session: Connection, now: number, time: number): void => {
    const { socket, principal } = session;
    // What the client has said, but nobody has looked at yet, may be just what is missing.
    const isSilent = session.waitingMessages === 0;
    if (!session.isInitialised && isSilent && now - session.pingedAt >= times.initTimeoutMs) {
      session.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
    } else if (principal?.expiresAt !== undefined && principal.expiresAt <= time) {
      session.close(CloseCode.Forbidden, 'Token expired');
    } else if (isStalled(session, now, times.stallTimeoutMs)) {
      socket.terminate();
    } else if (now - session.pingedAt >= times.pingIntervalMs) {
      if (!session.isAnswered) {
        if (isSilent) socket.terminate();
        return;
      }
      session.pingedAt = now;
      session.isAnswered = false;
      socket.ping();
    }
  };
  const timer = setInterval(() => {
    const now = performance.now();
    const time = Date.now();
    for (const session of watched) {
      const check = (): void => {
        if (session.isOpen()) look(session, now, time);
      };
      contain(report, 'timer', check, () => session.socket.terminate());
    }
  }, times.checkIntervalMs).unref();

  return {
    add: (session) => void watched.add(session),
    remove: (session) => void watched.delete(session),
    stop: () => clearInterval(timer),
  };
}

/** Whether none of what waits for the reader was taken for longer than it may. */
function isStalled(session: Connection, now: number, timeoutMs: number): boolean {
  const waiting = session.socket.bufferedAmount;
  const taken = session.sentBytes() - waiting;
  if (waiting === 0) session.stalledSince = 0;
  else if (session.stalledSince === 0 || taken > session.takenBytes) session.stalledSince = now;
  session.takenBytes = taken;
  return session.stalledSince > 0 && now - session.stalledSince > timeoutMs;
}
