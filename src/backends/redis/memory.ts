import type { RedisConnection } from './connection.js';

/**
 * The memory that Redis uses and its limit, in bytes; a limit of 0 is none. Undefined where INFO is refused or incomplete.
 * @throws UNAVAILABLE
 */
export async function readMemory(
  redis: RedisConnection,
): Promise<{ bytes: number; maxBytes: number } | undefined> {
  const text = await redis.orUnavailable((client) =>
    client.sendCommand(['INFO', 'memory']).then(String, (error: unknown) => {
      if (error instanceof Error && /^(NOPERM|ERR|DENIED)\b/.test(error.message)) return '';
      throw error;
    }),
  );
  const used = /^used_memory:(\d+)/m.exec(text)?.[1];
  const limit = /^maxmemory:(\d+)/m.exec(text)?.[1];
  return used === undefined || limit === undefined
    ? undefined
    : { bytes: Number(used), maxBytes: Number(limit) };
}
