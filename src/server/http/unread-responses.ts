import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { GatewayError, rateLimited } from '../../swap/errors.js';

/**
 * Memory for large responses that their clients have not read yet: of one address, and of all. Without limits a client that
 * reads nothing makes the process hold every response until the connection is closed as stalled.
 */
export interface UnreadResponses {
  /**
   * Counts a response until it is written to its end or its connection is gone.
   * @returns RATE_LIMITED or UNAVAILABLE where there is no room for it; nothing is counted then
   */
  hold(body: string, address: () => string, response: ServerResponse): GatewayError | undefined;
}

export interface UnreadLimits {
  /** Bytes. */
  perAddress: number;
  total: number;
}

const defaultLimits: UnreadLimits = { perAddress: 64 * 1024 * 1024, total: 256 * 1024 * 1024 };
/** Shorter responses are bounded well enough by the rate of requests. */
const minCounted = 16 * 1024;

export function createUnreadResponses(limits: UnreadLimits = defaultLimits): UnreadResponses {
  const bytesOf = new Map<string, number>();
  let total = 0;

  /** Before Node 24, pipelined responses that wait for the ones before them are not told of the end of their connection. */
  const waiting = new WeakMap<Socket, Set<() => void>>();

  const whenOver = (response: ServerResponse, release: () => void): void => {
    const { socket } = response.req;
    const releases = waiting.get(socket) ?? new Set();
    if (!waiting.has(socket)) {
      waiting.set(socket, releases);
      socket.once('close', () => {
        for (const each of releases) each();
      });
    }
    const once = (): void => {
      if (releases.delete(once)) release();
    };
    releases.add(once);
    response.once('close', once);
  };

  const count = (address: string, bytes: number): void => {
    total += bytes;
    const left = (bytesOf.get(address) ?? 0) + bytes;
    if (left > 0) bytesOf.set(address, left);
    else bytesOf.delete(address);
  };

  return {
    hold(body, address, response) {
      if (body.length < minCounted || response.req.socket.destroyed) return undefined;
      const bytes = Buffer.byteLength(body);
      const key = address();
      if ((bytesOf.get(key) ?? 0) + bytes > limits.perAddress)
        return rateLimited('Too many large responses are not read yet.', 1000);
      if (total + bytes > limits.total)
        return new GatewayError('UNAVAILABLE', 'Too many large responses are not read yet.', {
          retryAfter: 1,
        });
      count(key, bytes);
      whenOver(response, () => count(key, -bytes));
      return undefined;
    },
  };
}
