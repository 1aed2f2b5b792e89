import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SwapLog } from '../swap/ports.js';
import { closeReason, joinSocket, type SocketState } from './graphql-socket.js';
import type { HttpServer } from './http-server.js';
import { createSocketGate, type SocketGateOptions } from './socket-gate.js';
import { maxMessageBytes, maxMessageFragments } from './socket-limits.js';
import { createSocketWatch } from './socket-watch.js';
import { createSubscriptionHooks, type SubscriptionHooksOptions } from './subscription-hooks.js';
import type { TransportObserver } from './transport-observer.js';

export interface GraphqlOverWebSocketOptions extends SubscriptionHooksOptions, SocketGateOptions {
  caps: SubscriptionHooksOptions['caps'];
  observer: Pick<TransportObserver, 'socketRefused' | 'followSockets'>;
  log: SwapLog;
}

/**
 * Subscriptions at `/graphql`, subprotocol graphql-transport-ws. Goes by the same admission, rules and error presenter as
 * HTTP, since graphql-ws knows nothing of Apollo; queries and mutations are refused.
 *
 * @returns the way to close: every socket gets 1001 and, if it does not answer, is cut off after a second
 */
export function mountGraphqlOverWebSocket(
  server: HttpServer,
  options: GraphqlOverWebSocketOptions,
): () => Promise<void> {
  const { times, observer, log } = options;
  const gate = createSocketGate(options);
  const watch = createSocketWatch(times);
  const graphql = makeServer(createSubscriptionHooks(options));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    maxFragments: maxMessageFragments,
    perMessageDeflate: false,
    // One message a turn: a flood of them on one socket leaves room for everybody else's.
    allowSynchronousEvents: false,
    // Pongs are sent by hand, within the limits of messages.
    autoPong: false,
    handleProtocols,
    // Missing in the type definitions.
    ...{ closeTimeout: times.closeTimeoutMs },
  });

  observer.followSockets(() => sockets.clients.size);

  const open = (socket: WebSocket, { headers }: IncomingMessage, address: string): void => {
    const state: SocketState = {
      address,
      host: headers.host,
      authorization: headers.authorization,
      id: randomUUID(),
      principal: undefined,
      operations: new Map(),
      operationCount: 0,
      isOpen: () => socket.readyState === socket.OPEN,
      close: (code, reason) => socket.close(code, closeReason(reason)),
    };
    watch.add(socket, state, joinSocket(socket, state, graphql, log));
  };

  const upgrade = (request: IncomingMessage, connection: Duplex, head: Buffer): void => {
    const entry = gate.enter(request);
    if ('refusal' in entry) {
      observer.socketRefused(entry.refusal.slice(0, 3));
      refuse(connection, entry.refusal);
      return;
    }
    // Also for a handshake that ws refuses, or that is broken off.
    connection.once('close', () => gate.leave(entry.address));
    sockets.handleUpgrade(request, connection, head, (socket) => open(socket, request, entry.address));
  };
  const refuseAll = (_request: IncomingMessage, connection: Duplex): void =>
    refuse(connection, '503 Service Unavailable');
  server.server.on('upgrade', upgrade);

  return async () => {
    server.server.off('upgrade', upgrade);
    server.server.on('upgrade', refuseAll);
    for (const socket of sockets.clients) socket.close(1001, 'Going away');
    await new Promise<void>((resolve) => sockets.close(() => resolve()));
    watch.stop();
  };
}

function refuse(connection: Duplex, status: string): void {
  const isPassing = status.startsWith('429') || status.startsWith('503');
  connection.on('error', () => connection.destroy());
  connection.end(
    `HTTP/1.1 ${status}\r\n${isPassing ? 'Retry-After: 5\r\n' : ''}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    () => connection.destroy(),
  );
}
