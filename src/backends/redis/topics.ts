import { ListenerMap } from '../../lib/listener-map.js';
import type { RedisConnection } from './connection.js';

/** Channels of Redis, each subscribed to only while somebody here listens. Lossy: while the connection is down, nothing is heard. */
export interface RedisTopics {
  /** Resolves once every later message will be heard. Returns the way to stop. @throws UNAVAILABLE */
  subscribe(topic: string, listener: (message: string) => void): Promise<() => void>;
  /** Topics that somebody listens to. */
  topics(): Iterable<string>;
  /** Calls `listener` each time messages may have been missed. */
  onGap(listener: () => void): void;
}

/** @param redis a connection for nothing but this */
export function createRedisTopics(redis: RedisConnection): RedisTopics {
  const listeners = new ListenerMap<string>();
  const changes = new Map<string, Promise<void>>();
  const { client, prefix } = redis;

  const hear = (message: string, channel: string): void => {
    for (const listener of listeners.of(channel.slice(prefix.length))) listener(message);
  };

  /**
   * Subscribes or unsubscribes, as is right when the changes before it are through. One at a time: the client takes a
   * channel for subscribed whose UNSUBSCRIBE was sent before the answer to its SUBSCRIBE, and then nothing is heard.
   */
  function change(topic: string): Promise<void> {
    const work = async (): Promise<void> => {
      if (listeners.has(topic)) await client.subscribe(prefix + topic, hear);
      else await client.unsubscribe(prefix + topic, hear);
    };
    const changed = (changes.get(topic) ?? Promise.resolve()).then(work);
    const settled = changed
      .catch(() => undefined)
      .then(() => {
        if (changes.get(topic) === settled) changes.delete(topic);
      });
    changes.set(topic, settled);
    return changed;
  }

  return {
    async subscribe(topic, listener) {
      const remove = listeners.add(topic, listener);
      const stop = (): void => {
        if (remove()) change(topic).catch(() => undefined);
      };
      try {
        // The client sends SUBSCRIBE for the first listener only, and subscribes again after a reconnection.
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
