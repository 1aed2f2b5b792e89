import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes connections whose client takes nothing of an answer for so long: they hold what is not written yet. An answer
 * that is still in the making may take longer, and so may one that its client reads slowly. WebSockets are not concerned.
 * To be called after everything else that listens to requests.
 */
export function closeStalledWrites(server: Server, timeoutMs: number): void {
  const latest = new WeakMap<Socket, ServerResponse>();
  server.on('request', ({ socket }, response) => latest.set(socket, response));
  // Node tells of a socket on which nothing has happened, after it has looked whether the system took any of its output.
  server.timeout = timeoutMs;
  server.on('timeout', (socket: Socket) => {
    const response = latest.get(socket);
    const isAnswering = response !== undefined && !response.writableFinished && !response.destroyed;
    if (!isAnswering || socket.writableLength > 0) socket.destroy();
  });
}
