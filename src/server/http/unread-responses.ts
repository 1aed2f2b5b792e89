import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { GatewayError, rateLimited } from '../../swap/errors.js';

/**
 * Limits the memory for large responses that clients have not read yet, per address and in total. Otherwise, a client that reads
 * nothing would make the process hold every response until the connection is closed as stalled.
 */
export interface UnreadResponses {
  /**
   * Counts a response until it is completely written or its connection closes.
   * @returns RATE_LIMITED or UNAVAILABLE if it exceeds a limit; it is not counted then
   */
  hold(body: string, address: () => string, response: ServerResponse): GatewayError | undefined;
}

export interface UnreadLimits {
  /** Bytes. */
  perAddress: number;
  total: number;
}

const defaultLimits: UnreadLimits = { perAddress: 64 * 1024 * 1024, total: 256 * 1024 * 1024 };
/** Smaller responses are sufficiently bounded by the rate limit. */
const minCounted = 16 * 1024;

export function createUnreadResponses(limits: UnreadLimits = defaultLimits): UnreadResponses {
  const bytesOf = new Map<string, number>();
  let total = 0;

  /** Before Node 24, pipelined responses that wait for earlier ones emit no `close` when their connection closes. */
  const waiting = new WeakMap<Socket, Set<() => void>>();

  const onClose = (response: ServerResponse, release: () => void): void => {
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
        return rateLimited('Too many large responses have not been read yet.', 1000);
      if (total + bytes > limits.total)
        return new GatewayError('UNAVAILABLE', 'Too many large responses have not been read yet.', {
          retryAfter: 1,
        });
      count(key, bytes);
      onClose(response, () => count(key, -bytes));
      return undefined;
    },
  };
}
