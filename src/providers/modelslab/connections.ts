import type { LookupFunction } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Agent, buildConnector, Client, type Dispatcher } from 'undici';

/** Connections to ModelsLab. HTTP/1.1 only: over HTTP/2 undici resends a request when the server sends GOAWAY. */
export interface Connections {
  /**
   * For one paid POST, on a new connection: a server may close a keep-alive connection just as the request is written,
   * which leaves it unknown whether the request was accepted. TLS sessions are resumed. Call `release` when the
   * exchange is over.
   */
  fresh(origin: string): { dispatcher: Dispatcher; release(): void };
  /** For free calls; uses keep-alive. */
  kept: Dispatcher;
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
/** Callers set the timeouts. A paid response is not discarded for long headers; a fake one costs no more than this. */
const limits = { headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: 256 * 1024 };

export function createConnections(lookup?: LookupFunction): Connections {
  const socketOptions = { timeout: connectTimeoutMs, ...(lookup && { lookup }) };
  const kept = new Agent({ allowH2: false, ...limits, connect: socketOptions });
  const clients = new Set<Client>();
  let session: Buffer | undefined;

  const connect: buildConnector.connector = (options, callback) => {
    const connector = buildConnector({ allowH2: false, ...socketOptions, ...(session && { session }) });
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
      const client = new Client(origin, { allowH2: false, pipelining: 0, ...limits, connect });
      clients.add(client);
      return {
        dispatcher: client,
        release() {
          clients.delete(client);
          void client.destroy();
        },
      };
    },
    kept,
    async close() {
      await Promise.all([kept.destroy(), ...[...clients].map((client) => client.destroy())]);
      clients.clear();
    },
  };
}
