import type { LookupFunction } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Agent, type buildConnector, type Dispatcher } from 'undici';
import type { Proxies } from '../../lib/proxies.js';
import { createConnector } from '../../lib/proxy-connector.js';
import { FreshConnection } from './fresh-connection.js';

/** Connections to ModelsLab. HTTP/1.1 only: over HTTP/2 undici resends a request when the server sends GOAWAY. */
export interface Connections {
  /**
   * Opens a connection for one paid POST, at once and always a new one: a server may close a keep-alive connection just as
   * the request is written, which leaves it unknown whether the request was accepted. TLS sessions are resumed. Close it when
   * the exchange is over.
   */
  fresh(origin: string): FreshConnection;
  /** For free calls; uses keep-alive. */
  kept: Dispatcher;
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
/** Callers set the timeouts. A paid response is not discarded for long headers; a fake one costs no more than this. */
const limits = { headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: 256 * 1024 };

/** @param now a monotonic clock, milliseconds */
export function createConnections(
  now: () => number,
  { lookup, proxies }: { lookup?: LookupFunction | undefined; proxies?: Proxies | undefined } = {},
): Connections {
  const socket = { allowH2: false, ...(lookup && { lookup }) };
  const connectorOptions = { timeoutMs: connectTimeoutMs, proxies };
  const kept = new Agent({
    allowH2: false,
    ...limits,
    connect: createConnector({ ...connectorOptions, socket }),
  });
  const open = new Set<FreshConnection>();
  let session: Buffer | undefined;

  const connect: buildConnector.connector = (options, callback) => {
    const connector = createConnector({
      ...connectorOptions,
      socket: { ...socket, ...(session && { session }) },
    });
    const done: buildConnector.Callback = (...args) => {
      const [, socket] = args;
      if (socket instanceof TLSSocket) {
        // TLS 1.3 issues session tickets after the handshake, 1.2 during it.
        if (socket.getProtocol() === 'TLSv1.2') session = socket.getSession() ?? session;
        socket.on('session', (next) => {
          session = next;
        });
      }
      callback(...args);
    };
    connector(options, done);
  };

  return {
    fresh(origin) {
      const connection = new FreshConnection(origin, {
        connect,
        client: { allowH2: false, ...limits },
        now,
        onClose: (closed) => open.delete(closed),
      });
      open.add(connection);
      return connection;
    },
    kept,
    async close() {
      for (const connection of open) connection.close();
      await kept.destroy();
    },
  };
}
