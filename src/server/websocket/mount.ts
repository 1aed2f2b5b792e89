import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { contain } from '../../lib/contain.js';
import type { HttpServer } from '../http/http-server.js';
import type { ServerObserver } from '../observer.js';
import { Connection } from './connection.js';
import { createHandlers, type HandlersOptions } from './handlers.js';
import { createKeepAlive } from './keep-alive.js';
import { maxMessageBytes, maxMessageFragments, type SocketTimes } from './limits.js';
import { createTimeSlicer } from './time-slicer.js';
import { createUpgradeGuard, type UpgradeGuardOptions } from './upgrade-guard.js';

export interface WebSocketServerOptions extends HandlersOptions, UpgradeGuardOptions {
  limits: HandlersOptions['limits'];
  times: SocketTimes;
  observer: Pick<ServerObserver, 'socketRefused' | 'followSockets' | 'followSubscriptions' | 'pushed'>;
}

/** Under which a socket and its connection know their session: listeners are shared by all sockets, none has its own. */
const sessionOf = Symbol('session');
interface WithSession {
  [sessionOf]?: Connection;
}

/**
 * Subscriptions at `/graphql`, subprotocol graphql-transport-ws. Goes by the same admission, rules and error presenter as
 * HTTP; queries and mutations are refused.
 *
 * @returns the way to close: every socket gets 1001 and, if it does not answer, is cut off after a second
 */
export function mountWebSocketServer(
  server: HttpServer,
  options: WebSocketServerOptions,
): () => Promise<void> {
  const { times, observer, log, report } = options;
  const gate = createUpgradeGuard(options);
  const watch = createKeepAlive(times, report);
  const turns = createTimeSlicer(report);
  const rules = createHandlers(options, turns);
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

  function onMessage(this: WebSocket & WithSession, data: unknown): void {
    const session = this[sessionOf];
    session?.guard(() => session.receive(String(data)));
  }
  function onPing(this: WebSocket & WithSession, data: Buffer): void {
    const session = this[sessionOf];
    session?.guard(() => {
      if (session.countMessage() && !session.isFlooded()) this.pong(data);
    });
  }
  function onPong(this: WebSocket & WithSession): void {
    const session = this[sessionOf];
    if (session) session.isAnswered = true;
  }
  /** Broken frames and resets; ws closes the socket itself, with the right code. */
  function onError(this: WebSocket & WithSession, { message }: Error): void {
    log.info({ requestId: this[sessionOf]?.id, reason: message }, 'socket failed');
  }
  function onClose(this: WebSocket & WithSession): void {
    const session = this[sessionOf];
    if (!session) return;
    watch.remove(session);
    turns.run(() => contain(report, 'socket', () => session.end()));
  }
  function onDrain(this: Socket & WithSession): void {
    const session = this[sessionOf];
    session?.guard(() => session.flush());
  }

  const open = (
    socket: WebSocket & WithSession,
    connection: Socket & WithSession,
    request: IncomingMessage,
    address: string,
  ): void => {
    socket.on('error', onError);
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
      socket.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
      return;
    }
    const session = new Connection(socket, connection, address, request, rules);
    socket[sessionOf] = session;
    connection[sessionOf] = session;
    socket.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('close', onClose);
    connection.on('drain', onDrain);
    watch.add(session);
  };

  const upgrade = (request: IncomingMessage, connection: Duplex, head: Buffer): void => {
    const entry = gate.enter(request);
    if ('refusal' in entry) {
      observer.socketRefused(entry.refusal.slice(0, 3));
      refuse(connection, entry.refusal);
      return;
    }
    // Also for a handshake that ws refuses, or that is broken off.
    connection.once('close', () => contain(report, 'upgrade', () => gate.leave(entry.address)));
    connection.on('error', cutOff);
    turns.run(() => {
      const handshake = (): void => {
        connection.off('error', cutOff);
        sockets.handleUpgrade(request, connection, head, (socket) =>
          open(socket, connection as Socket, request, entry.address),
        );
      };
      contain(report, 'upgrade', handshake, () => abandon(connection));
    });
  };
  const onUpgrade = (request: IncomingMessage, connection: Duplex, head: Buffer): void =>
    contain(
      report,
      'upgrade',
      () => upgrade(request, connection, head),
      () => abandon(connection),
    );
  const refuseAll = (_request: IncomingMessage, connection: Duplex): void =>
    refuse(connection, '503 Service Unavailable');
  server.server.on('upgrade', onUpgrade);

  return async () => {
    server.server.off('upgrade', onUpgrade);
    server.server.on('upgrade', refuseAll);
    for (const socket of sockets.clients) socket.close(1001, 'Going away');
    await new Promise<void>((resolve) => sockets.close(() => resolve()));
    watch.stop();
  };
}

/** What ws does for a connection that it was handed; until then somebody has to listen. */
function cutOff(this: Duplex): void {
  this.destroy();
}

/** After a fault the connection still emits errors, which need a listener. */
function abandon(connection: Duplex): void {
  connection.on('error', cutOff);
  connection.destroy();
}

function refuse(connection: Duplex, status: string): void {
  const isPassing = status.startsWith('429') || status.startsWith('503');
  connection.on('error', cutOff);
  connection.end(
    `HTTP/1.1 ${status}\r\n${isPassing ? 'Retry-After: 5\r\n' : ''}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    () => connection.destroy(),
  );
}
