import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Progress {
  /** Bytes accepted by the operating system. */
  written: number;
  since: number;
}

/** Checks of each connection per timeout. */
const checksPerTimeout = 4;

/**
 * Closes connections whose client reads nothing of a response for the timeout, since they keep the unwritten rest in memory.
 * Data sent by the client does not count as progress. Responses that are not ready yet may take longer, and so may responses
 * that are read slowly, if they are written in chunks. WebSockets have separate limits.
 *
 * @returns a function that stops the checks
 */
export function closeStalledWrites(server: Server, timeoutMs: number): () => void {
  const sockets = new Set<Socket>();
  const stalled = new WeakMap<Socket, Progress>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', ({ socket }) => sockets.delete(socket));

  const check = (socket: Socket, now: number): void => {
    if (socket.writableLength === 0) {
      stalled.delete(socket);
      return;
    }
    const written = socket.bytesWritten - socket.writableLength;
    const before = stalled.get(socket);
    if (before?.written !== written) stalled.set(socket, { written, since: now });
    else if (now - before.since >= timeoutMs) socket.destroy();
  };
  const timer = setInterval(() => {
    const now = performance.now();
    for (const socket of sockets) check(socket, now);
  }, timeoutMs / checksPerTimeout).unref();
  return () => clearInterval(timer);
}
