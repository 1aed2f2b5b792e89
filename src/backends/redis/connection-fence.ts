import { type createClient, ErrorReply } from '@redis/client';

/** Connection id to kill when there is no earlier connection, to check whether CLIENT KILL is permitted. */
const noConnection = { id: '9223372036854775807', addr: '0.0.0.0:0' };

/**
 * Commands abandoned with a lost connection may still be in transit when the next one is established, and would then run after
 * later commands: for example, remove a mark after the swap was submitted again. So each new connection first kills the
 * previous one.
 *
 * @param onRefused called with the reason, once per reason, if the server does not permit it
 * @returns a function to call on each new connection; nothing else may be sent before it resolves
 */
export function createConnectionFence(
  client: Pick<ReturnType<typeof createClient>, 'sendCommand'>,
  onRefused: (reason: string) => void,
): () => Promise<void> {
  const reported = new Set<string>();
  let last: { id: string; addr: string } | undefined;

  /** Failures are ignored: the command may not be permitted, or the connection may be lost again. */
  const send = (...args: string[]): Promise<string> =>
    client.sendCommand(['CLIENT', ...args]).then(String, (error: Error) => {
      if (error instanceof ErrorReply && !reported.has(error.message)) {
        reported.add(error.message);
        onRefused(error.message);
      }
      return '';
    });

  return async () => {
    // By address, too, since a restarted Redis numbers its connections from one again.
    const { id: oldId, addr: oldAddr } = last ?? noConnection;
    void send('KILL', 'ID', oldId, 'ADDR', oldAddr);
    const [, id, addr] = /\bid=(\d+) addr=(\S+)/.exec(await send('INFO')) ?? [];
    if (id !== undefined && addr !== undefined) last = { id, addr };
  };
}
