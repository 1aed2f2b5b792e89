import { type Client, createClient } from 'graphql-ws';
import { authorization } from './api-key.ts';
import { requestRefresh } from './connection.ts';

const pingMs = 10_000;
const pongMs = 5000;

/** The socket for live swaps: open only while there are any, and reconnecting without limit. */
export function createSwapSocket(): Client {
  let pongTimer: number | undefined;
  const client = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: authorization,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (retries) =>
      new Promise((resolve) =>
        setTimeout(resolve, Math.min(5000, 300 * 2 ** retries) * (0.5 + Math.random())),
      ),
    keepAlive: pingMs,
  });
  client.on('ping', (received) => {
    if (received) return;
    // A lost network gives no event; the missing pong reveals it.
    pongTimer = window.setTimeout(() => client.terminate(), pongMs);
  });
  client.on('pong', (received) => {
    if (received) clearTimeout(pongTimer);
  });
  client.on('closed', () => {
    clearTimeout(pongTimer);
    requestRefresh();
  });
  return client;
}
