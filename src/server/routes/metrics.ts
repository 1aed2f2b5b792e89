import { hash, timingSafeEqual } from 'node:crypto';
import type { RateLimiter } from '../../lib/rate-limiter.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import type { AddressReader } from '../access/client-address.js';
import type { HostGuard } from '../access/host-guard.js';
import type { HttpServer } from '../http/http-server.js';

export interface MetricsRouteOptions {
  read(): Promise<{ contentType: string; text: string }>;
  /** Who has it may read. Undefined: everyone if the gateway is open, else nobody. */
  token: string | undefined;
  /** Whether the gateway serves whoever reaches it, which is on loopback only. */
  isOpen: boolean;
  guardHost: HostGuard;
  readAddress: AddressReader;
  /** Wrong tokens by address. */
  failures: RateLimiter;
}

/**
 * `GET /metrics`, in Prometheus' text format. Goes by no rate and is not put off by load, since that is when it is needed.
 * 401 without the right token, 429 after too many of those, 403 where no token was set and the gateway is not open.
 */
export function mountMetricsRoute(
  server: HttpServer,
  { read, token, isOpen, guardHost, readAddress, failures }: MetricsRouteOptions,
): void {
  const right = token === undefined ? undefined : hash('sha256', token, 'buffer');

  const check = (authorization: string | undefined, address: () => string): void => {
    if (!right) {
      if (!isOpen)
        throw new GatewayError('FORBIDDEN', 'Set METRICS_TOKEN to read the metrics of this gateway.');
      return;
    }
    const [, given] = /^Bearer +(\S{1,8192})$/i.exec(authorization ?? '') ?? [];
    if (given !== undefined && timingSafeEqual(hash('sha256', given, 'buffer'), right)) return;
    const waitMs = failures.take(address());
    if (waitMs > 0) throw rateLimited('Too many attempts without the token of the metrics.', waitMs);
    throw new GatewayError('UNAUTHENTICATED', 'Send the METRICS_TOKEN: "Authorization: Bearer TOKEN".');
  };

  server.get('/metrics', async (request, reply) => {
    const { authorization, host } = request.headers;
    guardHost(host);
    check(authorization, () => readAddress(request.raw));
    const { contentType, text } = await read();
    return reply.type(contentType).send(text);
  });
}
