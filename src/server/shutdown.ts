import type { HttpServer } from './http/http-server.js';

/** Requests still in flight after this are aborted. The whole shutdown stays below ten seconds. */
const graceMs = 4000;
/** Interval for closing connections that become idle during the shutdown; Node closes only those idle at its start. */
const idleCheckMs = 50;

/**
 * Stops accepting requests, closes sockets, and waits for the requests in flight, but not for clients that send or read too
 * slowly. Acknowledged work is durable, so aborting a request loses only its response.
 */
export async function drain(server: HttpServer, closeSockets: () => Promise<void>): Promise<void> {
  const abort = setTimeout(() => server.server.closeAllConnections(), graceMs);
  const closeIdle = setInterval(() => server.server.closeIdleConnections(), idleCheckMs);
  try {
    const closed = server.close();
    await closeSockets();
    await closed;
  } finally {
    clearInterval(closeIdle);
    clearTimeout(abort);
  }
}
