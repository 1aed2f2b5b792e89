import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

export interface SocketMessage {
  type: string;
  id?: string;
  payload?: unknown;
}

/** A WebSocket on which the test sends every message itself. */
export interface RawSocket {
  socket: WebSocket;
  /** Sends an object as JSON, text as is. */
  send(message: object | string): void;
  /** The next message not read yet; rejects if the socket closes instead. */
  next(): Promise<SocketMessage>;
  /** The gateway's close code. */
  closed: Promise<number>;
  /** Sends `connection_init` and awaits the acknowledgment. */
  init(payload?: object): Promise<void>;
  subscribe(id: string, query: string, variables?: object): void;
}

export interface RawSocketOptions extends ClientOptions {
  protocol?: string;
}

/** Connects and awaits the handshake. If the handshake is rejected, rejects with an error that contains the HTTP status. */
export async function openSocket(
  url: string,
  { protocol = 'graphql-transport-ws', ...options }: RawSocketOptions = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol, options);
  onTestFinished(() => socket.terminate());
  const mailbox: SocketMessage[] = [];
  const readers: ((message: SocketMessage) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as SocketMessage;
    const reader = readers.shift();
    if (reader) reader(message);
    else mailbox.push(message);
  });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await once(socket, 'open');
  socket.on('error', () => undefined);

  const raw: RawSocket = {
    socket,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next() {
      const message = mailbox.shift();
      if (message) return Promise.resolve(message);
      return new Promise((resolve, reject) => {
        readers.push(resolve);
        void closed.then((code) => reject(new Error(`closed with ${code} instead of a message`)));
      });
    },
    async init(payload) {
      raw.send({ type: 'connection_init', ...(payload && { payload }) });
      const message = await raw.next();
      if (message.type !== 'connection_ack')
        throw new Error(`expected an acknowledgment, got ${message.type}`);
    },
    subscribe: (id, query, variables) => raw.send({ type: 'subscribe', id, payload: { query, variables } }),
  };
  return raw;
}

/** The HTTP status with which a handshake is rejected; fails if it is accepted. */
export async function refusedHandshake(url: string, options: RawSocketOptions = {}): Promise<number> {
  const error = await openSocket(url, options).then(
    () => new Error('the handshake was accepted'),
    (refusal: Error) => refusal,
  );
  const [, status] = /Unexpected server response: (\d+)/.exec(error.message) ?? [];
  if (status === undefined) throw error;
  return Number(status);
}
