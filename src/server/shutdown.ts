import type { HttpServer } from './http/http-server.js';

/** Requests that are not answered by then are cut off; with the rest of the shutdown this stays below ten seconds. */
const graceMs = 4000;
/** Node closes connections that are idle when it stops listening, but not those that become idle afterwards. */
const idleCheckMs = 50;

/**
 * Stops taking requests, sends sockets away, and waits for the requests in flight, but not for clients that send or read
 * too slowly. Whatever was answered before is durable, so cutting off loses no more than an answer.
 */
export async function drain(server: HttpServer, closeSockets: () => Promise<void>): Promise<void> {
  const cutOff = setTimeout(() => server.server.closeAllConnections(), graceMs);
  const closeIdle = setInterval(() => server.server.closeIdleConnections(), idleCheckMs);
  try {
    const closed = server.close();
    await closeSockets();
    await closed;
  } finally {
    clearInterval(closeIdle);
    clearTimeout(cutOff);
  }
}
