import { ListenerMap } from '../../lib/listener-map.js';
import type { RedisConnection } from './connection.js';

/** Redis channels, each subscribed to only while it has local listeners. Messages are lost while the connection is down. */
export interface RedisTopics {
  /** Resolves once every later message will be delivered. @returns a function that unsubscribes. @throws UNAVAILABLE */
  subscribe(topic: string, listener: (message: string) => void): Promise<() => void>;
  /** Topics with listeners. */
  topics(): Iterable<string>;
  /** Calls `listener` each time messages may have been missed. */
  onGap(listener: () => void): void;
}

/** @param redis a dedicated connection */
export function createRedisTopics(redis: RedisConnection): RedisTopics {
  const listeners = new ListenerMap<string>();
  const changes = new Map<string, Promise<void>>();
  const { client, prefix } = redis;

  const deliver = (message: string, channel: string): void => {
    for (const listener of listeners.of(channel.slice(prefix.length))) listener(message);
  };

  /**
   * Subscribes or unsubscribes, depending on the listeners once earlier changes are done. Serialized per topic: the client considers a
   * channel subscribed if UNSUBSCRIBE was sent before the reply to its SUBSCRIBE, and no messages would arrive.
   */
  function change(topic: string): Promise<void> {
    const work = async (): Promise<void> => {
      if (listeners.has(topic)) await client.subscribe(prefix + topic, deliver);
      else await client.unsubscribe(prefix + topic, deliver);
    };
    const changed = (changes.get(topic) ?? Promise.resolve()).then(work);
    const done = changed
      .catch(() => undefined)
      .then(() => {
        if (changes.get(topic) === done) changes.delete(topic);
      });
    changes.set(topic, done);
    return changed;
  }

  return {
    async subscribe(topic, listener) {
      const remove = listeners.add(topic, listener);
      const stop = (): void => {
        if (remove()) change(topic).catch(() => undefined);
      };
      try {
        // The client sends SUBSCRIBE for the first listener only, and resubscribes after a reconnection.
        await redis.orUnavailable(() => change(topic));
        return stop;
      } catch (error) {
        stop();
        throw error;
      }
    },
    topics: () => listeners.topics(),
    onGap: (listener) => redis.onReady(listener),
  };
}
