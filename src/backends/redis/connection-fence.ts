import { type createClient, ErrorReply } from '@redis/client';

/** Connection id to kill when there is no earlier connection, to check whether CLIENT KILL is permitted. */
const nobody = { id: '9223372036854775807', addr: '0.0.0.0:0' };

/**
 * Commands that were given up with a connection may still be on their way when the next one works, and would then be done
 * after later ones: a mark taken back once more, after the swap was submitted again. So the first thing that is sent over
 * a connection ends the one before.
 *
 * @param onRefused called with the reason if the server forbids it, once per reason
 * @returns to be called when a connection is made; nothing else may be sent over it before this has resolved
 */
export function createConnectionFence(
  client: Pick<ReturnType<typeof createClient>, 'sendCommand'>,
  onRefused: (reason: string) => void,
): () => Promise<void> {
  const told = new Set<string>();
  let last: { id: string; addr: string } | undefined;

  /** Without the right to ask, or without the connection by now, nothing comes of it. */
  const ask = (...args: string[]): Promise<string> =>
    client.sendCommand(['CLIENT', ...args]).then(String, (error: Error) => {
      if (error instanceof ErrorReply && !told.has(error.message)) {
        told.add(error.message);
        onRefused(error.message);
      }
      return '';
    });

  return async () => {
    // The address as well, since a Redis that was started again counts from one.
    const { id: oldId, addr: oldAddr } = last ?? nobody;
    void ask('KILL', 'ID', oldId, 'ADDR', oldAddr);
    const [, id, addr] = /\bid=(\d+) addr=(\S+)/.exec(await ask('INFO')) ?? [];
    if (id !== undefined && addr !== undefined) last = { id, addr };
  };
}
