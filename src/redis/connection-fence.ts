import type { RedisClient } from './redis-connection.js';

/**
 * Commands that were given up with a connection may still be on their way when the next one works, and would then be done
 * after later ones: a mark taken back once more, after the swap was submitted again. So the first thing that is sent over
 * a connection ends the one before.
 *
 * @returns to be called when a connection is made; nothing else may be sent over it before this has resolved
 */
export function createConnectionFence(client: RedisClient): () => Promise<void> {
  let last: { id: string; addr: string } | undefined;

  /** Without the right to ask, or without the connection by now, nothing comes of it. */
  const ask = (...args: string[]): Promise<string> =>
    client.sendCommand(['CLIENT', ...args]).then(String, () => '');

  return async () => {
    // The address as well, since a Redis that was started again counts from one.
    if (last) void ask('KILL', 'ID', last.id, 'ADDR', last.addr);
    const [, id, addr] = /\bid=(\d+) addr=(\S+)/.exec(await ask('INFO')) ?? [];
    if (id !== undefined && addr !== undefined) last = { id, addr };
  };
}
