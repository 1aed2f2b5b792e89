import type { RateLimiter } from '../../lib/rate-limiter.js';
import type { AuditLog } from '../../swap/audit-log.js';
import { GatewayError } from '../../swap/errors.js';
import { auditRefusal } from '../access/audit-logins.js';
import type { AddressReader } from '../access/client-address.js';
import type { HostGuard } from '../access/host-guard.js';
import { createTokenCheck } from '../access/token-check.js';
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
  audit: AuditLog;
}

/**
 * `GET /metrics`, in the Prometheus text format. Exempt from rate limiting and load shedding: metrics matter most under load.
 * 401 without the token, 429 after too many failed attempts, 403 if no token is configured and the gateway is not open.
 */
export function mountMetricsRoute(
  server: HttpServer,
  { read, token, isOpen, guardHost, readAddress, failures, audit }: MetricsRouteOptions,
): void {
  const check =
    token === undefined ? undefined : createTokenCheck({ variable: 'METRICS_TOKEN', token, failures });

  server.get('/metrics', async (request, reply) => {
    const { authorization, host } = request.headers;
    const address = () => readAddress(request.raw);
    guardHost(host);
    if (!check && !isOpen)
      throw new GatewayError(
        'FORBIDDEN',
        'Set METRICS_TOKEN to enable access to the metrics of this gateway.',
      );
    try {
      check?.(authorization, address);
    } catch (error) {
      auditRefusal(audit, 'metrics', error, address, request.id);
      throw error;
    }
    const { contentType, text } = await read();
    return reply.type(contentType).send(text);
  });
}
