import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Progress {
  /** Bytes that the system has taken. */
  written: number;
  since: number;
}

/** Looks at each connection so many times within the timeout. */
const checksPerTimeout = 4;

/**
 * Closes connections whose client takes nothing of an answer for so long, since they hold what is not written yet. Whatever
 * the client sends meanwhile does not count. An answer that is still in the making may take longer, and so may one that
 * its client reads slowly, as long as it is written in pieces. WebSockets have limits of their own.
 *
 * @returns the way to stop
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
