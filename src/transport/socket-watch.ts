import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Heartbeat, SocketState } from './graphql-socket.js';
import type { SocketTimes } from './socket-limits.js';

/** Looks after all sockets by one timer, where one or two timers a socket would cost memory. */
export interface SocketWatch {
  add(socket: WebSocket, state: SocketState, heartbeat: Heartbeat): void;
  stop(): void;
}

/** Ends sockets whose token has expired, whose client does not answer pings, or does not read. */
export function createSocketWatch(times: SocketTimes): SocketWatch {
  const watched = new Map<WebSocket, { state: SocketState; heartbeat: Heartbeat }>();

  const look = (): void => {
    const now = performance.now();
    const time = Date.now();
    for (const [socket, { state, heartbeat }] of watched) {
      if (socket.readyState !== socket.OPEN) continue;
      const { stalledSince } = heartbeat;
      if (state.principal?.expiresAt !== undefined && state.principal.expiresAt <= time) {
        state.close(CloseCode.Forbidden, 'Token expired');
      } else if (stalledSince > 0 && now - stalledSince > times.stallTimeoutMs) {
        socket.terminate();
      } else if (now - heartbeat.pingedAt >= times.pingIntervalMs) {
        if (!heartbeat.isAnswered) {
          socket.terminate();
          continue;
        }
        heartbeat.pingedAt = now;
        heartbeat.isAnswered = false;
        socket.ping();
      }
    }
  };
  const timer = setInterval(look, times.checkIntervalMs).unref();

  return {
    add(socket, state, heartbeat) {
      watched.set(socket, { state, heartbeat });
      socket.once('close', () => watched.delete(socket));
    },
    stop: () => clearInterval(timer),
  };
}
