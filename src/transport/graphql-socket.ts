import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Principal } from '../graphql/context.js';
import type { SwapLog } from '../swap/ports.js';
import { maxBufferedBytes, messageRate } from './socket-limits.js';

export interface Operation {
  readonly requestId: string;
  /** Where its results come from, once it has begun. */
  iterator: AsyncIterator<unknown> | undefined;
}

/** What is known of one connection; graphql-ws carries it along. */
export interface SocketState {
  readonly address: string;
  readonly host: string | undefined;
  /** The header, which programs may send in the place of connection parameters. */
  readonly authorization: string | undefined;
  /** Stands in the log, with the number of the operation. */
  readonly id: string;
  principal: Principal | undefined;
  /** Operations in progress by the payload that asked for them, which is the one thing that all hooks are given. */
  readonly operations: Map<object, Operation>;
  /** How many were asked for since the socket was opened. */
  operationCount: number;
  isOpen(): boolean;
  close(code: number, reason: string): void;
}

/** What the watch over all sockets needs of one. */
export interface Heartbeat {
  /** When the last ping went out, or the socket was opened. */
  pingedAt: number;
  isAnswered: boolean;
  /** Since when nothing was taken of what was sent; 0 when nothing waits. */
  stalledSince: number;
}

/**
 * Joins one socket to graphql-ws. In the place of graphql-ws's own adapter, which has a timer for each socket, lets what
 * waits for a slow reader grow without end, fails on long close reasons and writes to the console.
 */
export function joinSocket(
  socket: WebSocket,
  state: SocketState,
  server: Server<SocketState>,
  log: SwapLog,
): Heartbeat {
  const heartbeat: Heartbeat = { pingedAt: performance.now(), isAnswered: true, stalledSince: 0 };
  let pending = 0;
  let messagesFullAt = 0;

  const send = (data: string): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN || isFlooded(socket)) return resolve();
      if (pending++ === 0) heartbeat.stalledSince = performance.now();
      socket.send(data, () => {
        heartbeat.stalledSince = --pending === 0 ? 0 : performance.now();
        resolve();
      });
    });

  /** False once the socket has sent more messages than it may; it is closed then. */
  const countMessage = (): boolean => {
    const now = performance.now();
    messagesFullAt = Math.max(messagesFullAt, now) + 1000 / messageRate.perSecond;
    if (messagesFullAt - now <= (1000 / messageRate.perSecond) * messageRate.burst) return true;
    state.close(1008, 'Too many messages');
    return false;
  };

  const closed = server.opened(
    {
      protocol: socket.protocol,
      send,
      close: (code = CloseCode.InternalServerError, reason = '') => state.close(code, reason),
      onMessage(handle) {
        socket.on('message', (data) => {
          if (socket.readyState !== socket.OPEN || !countMessage()) return;
          handle(String(data)).catch((error: unknown) => {
            log.error({ requestId: state.id, err: error }, 'unexpected error in a socket');
            state.close(CloseCode.InternalServerError, 'Internal server error');
          });
        });
      },
    },
    state,
  );
  socket.on('ping', (data) => {
    if (countMessage() && !isFlooded(socket)) socket.pong(data);
  });
  socket.on('pong', () => {
    heartbeat.isAnswered = true;
  });
  // Broken frames and resets; ws closes the socket itself, with the right code.
  socket.on('error', (error) => log.info({ requestId: state.id, reason: error.message }, 'socket failed'));
  socket.once('close', (code, reason) => {
    // graphql-ws ends what it knows of; where a client used an id twice in a hurry, it knows of one only.
    for (const { iterator } of state.operations.values()) void iterator?.return?.();
    void closed(code, String(reason)).catch((error: unknown) =>
      log.error({ requestId: state.id, err: error }, 'unexpected error at the end of a socket'),
    );
  });
  return heartbeat;
}

/** A reader that lets this much pile up is gone or means harm, and is cut off without a word that it would not read. */
function isFlooded(socket: WebSocket): boolean {
  if (socket.bufferedAmount <= maxBufferedBytes) return false;
  socket.terminate();
  return true;
}

/** A close frame has room for 123 bytes of reason. */
export function closeReason(reason: string): string {
  return Buffer.from(reason).subarray(0, 123).toString().replace(/�$/, '');
}
