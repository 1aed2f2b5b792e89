import type { Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher } from 'undici';
import type { EarlyConnection } from '../../swap/early-connection.js';

export interface FreshConnectionOptions {
  connect: buildConnector.connector;
  client: Omit<Client.Options, 'connect' | 'pipelining'>;
  /** A monotonic clock, milliseconds. */
  now(): number;
  onClose(connection: FreshConnection): void;
}

/**
 * How long a connection may wait for its request, milliseconds. Far below servers' timeouts for silent new connections, so
 * that none is closed just as the request is written.
 */
const maxIdleMs = 1000;

/**
 * A new connection for one request, opened at once. Replaced if it failed, was closed, or is too old when the request is
 * sent; nothing has been written to it by then.
 */
export class FreshConnection implements EarlyConnection {
  readonly dispatcher: Dispatcher;
  readonly #client: Client;
  readonly #connect: buildConnector.connector;
  readonly #onClose: FreshConnectionOptions['onClose'];
  #early: Socket | undefined;
  #used: Socket | undefined;
  readonly #now: () => number;
  readonly #openedAt: number;
  #isPending = true;
  #deliver: buildConnector.Callback | undefined;
  #isClosed = false;

  constructor(origin: string, { connect, client, now, onClose }: FreshConnectionOptions) {
    this.#now = now;
    this.#openedAt = now();
    this.#connect = connect;
    this.#onClose = onClose;
    connect(optionsOf(new URL(origin)), (...result) => this.#onConnected(...result));
    this.#client = new Client(origin, {
      ...client,
      // Not 0: undici would close the connection itself and create an error with a stack trace for each request.
      pipelining: 1,
      connect: (options: buildConnector.Options, callback: buildConnector.Callback) =>
        this.#handOver(options, callback),
    });
    this.dispatcher = this.#client;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Before the client, which would create an error with a stack trace to destroy the socket.
    this.#used?.destroy();
    this.#early?.destroy();
    void this.#client.destroy();
    this.#onClose(this);
  }

  #onConnected(...[error, socket]: Parameters<buildConnector.Callback>): void {
    this.#isPending = false;
    if (this.#isClosed) socket?.destroy();
    else if (this.#deliver) this.#deliver(...([error, socket] as Parameters<buildConnector.Callback>));
    else this.#early = socket ?? undefined;
  }

  /** @param callback receives the connection to write to */
  #handOver(options: buildConnector.Options, callback: buildConnector.Callback): void {
    const use: buildConnector.Callback = (...result) => {
      this.#used = result[1] ?? undefined;
      callback(...result);
    };
    if (this.#isPending && !this.#deliver) {
      this.#deliver = use;
      return;
    }
    const socket = this.#early;
    this.#early = undefined;
    const isFresh = this.#now() - this.#openedAt < maxIdleMs;
    if (socket?.readable && socket.writable && isFresh) {
      // undici does not expect a connection before `connect` has returned.
      queueMicrotask(() => use(null, socket));
      return;
    }
    socket?.destroy();
    this.#connect(options, use);
  }
}

function optionsOf({ host, hostname, protocol, port }: URL): buildConnector.Options {
  return { host, hostname: hostname.replace(/^\[|\]$/g, ''), protocol, port };
}
