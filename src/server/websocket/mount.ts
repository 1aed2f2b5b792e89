import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { contain } from '../../lib/contain.js';
import type { HttpServer } from '../http/http-server.js';
import type { ServerObserver } from '../observer.js';
import type { TimeSlicer } from '../subscriptions/time-slicer.js';
import { Connection } from './connection.js';
import { createHandlers, type HandlersOptions } from './handlers.js';
import { createKeepAlive } from './keep-alive.js';
import { maxMessageBytes, maxMessageFragments, type SocketTimes } from './limits.js';
import { createUpgradeGuard, type UpgradeGuardOptions } from './upgrade-guard.js';

export interface WebSocketServerOptions extends HandlersOptions, UpgradeGuardOptions {
  slicer: TimeSlicer;
  times: SocketTimes;
  observer: Pick<ServerObserver, 'socketRejected'>;
}

export interface MountedWebSocketServer {
  /** Open sockets. */
  count(): number;
  /** Every socket gets 1001, and is terminated if it does not close in time. */
  close(): Promise<void>;
}

/** Links a socket and its stream to their connection, so that all sockets can share the same listeners. */
const connectionOf = Symbol('connection');
interface WithConnection {
  [connectionOf]?: Connection;
}

/**
 * Serves subscriptions at `/graphql`, subprotocol graphql-transport-ws, with the same admission, validation rules and error
 * formatting as HTTP. Queries and mutations are rejected.
 */
export function mountWebSocketServer(
  server: HttpServer,
  options: WebSocketServerOptions,
): MountedWebSocketServer {
  const { times, observer, log, report, slicer } = options;
  const upgradeGuard = createUpgradeGuard(options);
  const keepAlive = createKeepAlive(times, report);
  const handlers = createHandlers(options, slicer);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    maxFragments: maxMessageFragments,
    perMessageDeflate: false,
    // One message per turn of the event loop, so that a flood on one socket does not starve the others.
    allowSynchronousEvents: false,
    // Pongs are sent by `onPing`, which enforces the message limits.
    autoPong: false,
    handleProtocols,
    // Missing in the type definitions.
    ...{ closeTimeout: times.closeTimeoutMs },
  });

  function onMessage(this: WebSocket & WithConnection, data: unknown): void {
    const connection = this[connectionOf];
    connection?.guard(() => connection.receive(String(data)));
  }
  function onPing(this: WebSocket & WithConnection, data: Buffer): void {
    const connection = this[connectionOf];
    connection?.guard(() => {
      if (connection.countMessage() && !connection.isFlooded()) this.pong(data);
    });
  }
  function onPong(this: WebSocket & WithConnection): void {
    const connection = this[connectionOf];
    if (connection) connection.isAlive = true;
  }
  /** Invalid frames and resets. ws closes the socket itself, with the right code. */
  function onError(this: WebSocket & WithConnection, { message }: Error): void {
    log.info({ requestId: this[connectionOf]?.id, reason: message }, 'socket failed');
  }
  function onClose(this: WebSocket & WithConnection): void {
    const connection = this[connectionOf];
    if (!connection) return;
    keepAlive.remove(connection);
    slicer.run(() => contain(report, 'socket', () => connection.end()));
  }
  function onDrain(this: Socket & WithConnection): void {
    const connection = this[connectionOf];
    connection?.guard(() => connection.flush());
  }

  const open = (
    socket: WebSocket & WithConnection,
    stream: Socket & WithConnection,
    request: IncomingMessage,
    address: string,
  ): void => {
    socket.on('error', onError);
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
      socket.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
      return;
    }
    const connection = new Connection(socket, stream, address, request, handlers);
    socket[connectionOf] = connection;
    stream[connectionOf] = connection;
    socket.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('close', onClose);
    stream.on('drain', onDrain);
    keepAlive.add(connection);
  };

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const entry = upgradeGuard.admit(request);
    if ('rejection' in entry) {
      observer.socketRejected(entry.rejection.slice(0, 3));
      rejectUpgrade(stream, entry.rejection);
      return;
    }
    // Also runs if ws rejects the handshake or the client aborts it.
    stream.once('close', () => contain(report, 'upgrade', () => upgradeGuard.release(entry.address)));
    stream.on('error', destroyOnError);
    slicer.run(() => {
      const handshake = (): void => {
        stream.off('error', destroyOnError);
        sockets.handleUpgrade(request, stream, head, (socket) =>
          open(socket, stream as Socket, request, entry.address),
        );
      };
      contain(report, 'upgrade', handshake, () => abandon(stream));
    });
  };
  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void =>
    contain(
      report,
      'upgrade',
      () => upgrade(request, stream, head),
      () => abandon(stream),
    );
  const rejectAll = (_request: IncomingMessage, stream: Duplex): void =>
    rejectUpgrade(stream, '503 Service Unavailable');
  server.server.on('upgrade', onUpgrade);

  return {
    count: () => sockets.clients.size,
    async close() {
      server.server.off('upgrade', onUpgrade);
      server.server.on('upgrade', rejectAll);
      for (const socket of sockets.clients) socket.close(1001, 'Going away');
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      keepAlive.stop();
    },
  };
}

/** Error listener until ws takes over the stream and adds its own. */
function destroyOnError(this: Duplex): void {
  this.destroy();
}

/** A destroyed stream can still emit errors, which need a listener. */
function abandon(stream: Duplex): void {
  stream.on('error', destroyOnError);
  stream.destroy();
}

function rejectUpgrade(stream: Duplex, status: string): void {
  const isTemporary = status.startsWith('429') || status.startsWith('503');
  stream.on('error', destroyOnError);
  stream.end(
    `HTTP/1.1 ${status}\r\n${isTemporary ? 'Retry-After: 5\r\n' : ''}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    () => stream.destroy(),
  );
}
