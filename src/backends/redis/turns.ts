import type { Backend } from '../backend.js';
import type { RedisConnection } from './connection.js';

/** Lets one instance at a time do what must not be done more often than once in a while. */
export const createRedisTurns =
  (redis: RedisConnection): Backend['takeTurn'] =>
  async (name, ms) => {
    const turn = { expiration: { type: 'PX', value: ms }, condition: 'NX' } as const;
    const key = `${redis.prefix}turn:${name}`;
    return (await redis.orUnavailable((client) => client.set(key, '', turn))) === 'OK';
  };
