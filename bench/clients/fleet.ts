import { randomUUID } from 'node:crypto';
import { authorization } from '../process/gateway.ts';
import { readOperation } from '../process/graphql.ts';
import { type CheapSocket, openCheapSocket } from './cheap-socket.ts';

/** A `next` message to one subscriber. */
export interface Push {
  topic: string;
  /** Index among the fleet's subscribers. */
  subscriber: number;
  /** The whole message. */
  text: string;
  /** Nanoseconds of the system's monotonic clock. */
  atNs: bigint;
}

/** Subscribers of one server, each on its own graphql-transport-ws socket. */
export interface Fleet {
  /** Connects one subscriber per topic, at most `width` concurrently. Resolves when each has received its first push. */
  open(topics: readonly string[], width?: number): Promise<void>;
  /** Subscribes every connected client to another topic. Resolves like `open`. */
  subscribe(topics: readonly string[]): Promise<void>;
  /** The next `count` pushes that are wanted; the first push of each subscriber counts too. */
  pushes(count: number, isWanted: (push: Push) => boolean): Promise<Push[]>;
  /** How many connections were refused or dropped, and retried. */
  retries(): number;
  /** Drops all connections. */
  drop(): void;
}

interface Subscriber {
  socket: CheapSocket | undefined;
  topic: string;
  operation: string;
}

const protocol = 'graphql-transport-ws';
const init = JSON.stringify({ type: 'connection_init', payload: { authorization } });

export function createFleet(url: string): Fleet {
  const socketUrl = `${url.replace('http', 'ws')}/graphql`;
  const query = readOperation('SwapUpdated');
  let subscribers: Subscriber[] = [];
  let listener: (push: Push) => void = () => undefined;
  let onLive: (index: number) => void = () => undefined;
  let retries = 0;

  const subscribe = (subscriber: Subscriber): void => {
    subscriber.operation = randomUUID();
    const payload = { query, operationName: 'SwapUpdated', variables: { id: subscriber.topic } };
    subscriber.socket?.send(JSON.stringify({ id: subscriber.operation, type: 'subscribe', payload }));
  };

  const connect = (subscriber: Subscriber, index: number): void => {
    const socket = openCheapSocket(socketUrl, protocol, {
      open: () => socket.send(init),
      message(text) {
        const atNs = process.hrtime.bigint();
        if (text.includes('"type":"connection_ack"')) return subscribe(subscriber);
        if (text.includes('"type":"complete"')) return;
        if (
          !text.includes('"type":"next"') ||
          text.includes('"errors"') ||
          !text.includes(subscriber.operation)
        )
          throw new Error(`a subscriber received ${text}`);
        if (!text.includes(subscriber.topic)) throw new Error(`a subscriber received another swap: ${text}`);
        listener({ topic: subscriber.topic, subscriber: index, text, atNs });
        onLive(index);
      },
      close() {
        if (subscriber.socket !== socket) return;
        retries += 1;
        setTimeout(
          () => subscriber.socket === socket && connect(subscriber, index),
          50 + Math.random() * 100,
        );
      },
    });
    subscriber.socket = socket;
  };

  /** Starts at most `width` concurrently; resolves when all are live. */
  const bring = (width: number, begin: (subscriber: Subscriber, index: number) => void): Promise<void> => {
    const waiting = new Set(subscribers.keys());
    return within(
      () => `${waiting.size} of ${subscribers.length} subscriptions did not become live`,
      (resolve) => {
        let begun = 0;
        const more = (): void => {
          const index = begun++;
          const subscriber = subscribers[index];
          if (subscriber) begin(subscriber, index);
        };
        onLive = (index) => {
          if (!waiting.delete(index)) return;
          if (waiting.size === 0) resolve();
          else more();
        };
        for (let index = 0; index < width; index += 1) more();
      },
    );
  };

  return {
    open(topics, width = 50) {
      subscribers = topics.map((topic) => ({ socket: undefined, topic, operation: '' }));
      return bring(width, connect);
    },
    subscribe(topics) {
      for (const [index, subscriber] of subscribers.entries()) subscriber.topic = topics[index] ?? '';
      return bring(50, subscribe);
    },
    pushes(count, isWanted) {
      const wanted: Push[] = [];
      return within(
        () => `${count - wanted.length} of ${count} pushes did not arrive`,
        (resolve) => {
          listener = (push) => {
            if (isWanted(push) && wanted.push(push) === count) resolve(wanted);
          };
        },
      );
    },
    retries: () => retries,
    drop() {
      for (const subscriber of subscribers) {
        const { socket } = subscriber;
        subscriber.socket = undefined;
        socket?.drop();
      }
    },
  };
}

const patienceMs = 120_000;

/** A promise with a timeout. @param describe says what is missing then */
function within<T>(describe: () => string, begin: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${describe()} within ${patienceMs} ms`)), patienceMs);
    begin((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
