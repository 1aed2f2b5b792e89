import { hash, timingSafeEqual } from 'node:crypto';
import type { RateLimiter } from '../../lib/rate-limiter.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import type { AddressReader } from '../access/client-address.js';
import type { HostGuard } from '../access/host-guard.js';
import type { HttpServer } from '../http/http-server.js';

export interface MetricsRouteOptions {
  read(): Promise<{ contentType: string; text: string }>;
  /** Bearer token that grants access. Undefined: everyone has access if the gateway is open, otherwise no one. */
  token: string | undefined;
  /** Whether the gateway runs without authentication, which it does on loopback only. */
  isOpen: boolean;
  guardHost: HostGuard;
  readAddress: AddressReader;
  /** Counts wrong tokens per address. */
  failures: RateLimiter;
}

/**
 * `GET /metrics`, in the Prometheus text format. Exempt from rate limiting and load shedding: metrics matter most under load.
 * 401 without the token, 429 after too many failed attempts, 403 if no token is configured and the gateway is not open.
 */
export function mountMetricsRoute(
  server: HttpServer,
  { read, token, isOpen, guardHost, readAddress, failures }: MetricsRouteOptions,
): void {
  const expected = token === undefined ? undefined : hash('sha256', token, 'buffer');

  const check = (authorization: string | undefined, address: () => string): void => {
    if (!expected) {
      if (!isOpen)
        throw new GatewayError(
          'FORBIDDEN',
          'Set METRICS_TOKEN to enable access to the metrics of this gateway.',
        );
      return;
    }
    const [, credential] = /^Bearer +(\S{1,8192})$/i.exec(authorization ?? '') ?? [];
    if (credential !== undefined && timingSafeEqual(hash('sha256', credential, 'buffer'), expected)) return;
    const waitMs = failures.take(address());
    if (waitMs > 0) throw rateLimited('Too many attempts without a valid metrics token.', waitMs);
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
