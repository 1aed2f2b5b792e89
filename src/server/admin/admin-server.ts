import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { FaultReporter } from '../../lib/contain.js';
import { createRateLimiter } from '../../lib/rate-limiter.js';
import type { AuditLog } from '../../swap/audit-log.js';
import { GatewayError, notFound } from '../../swap/errors.js';
import { auditRefusal } from '../access/audit-logins.js';
import { createAddressReader } from '../access/client-address.js';
import { createTokenCheck } from '../access/token-check.js';
import { createHttpServer, type HttpServer } from '../http/http-server.js';
import type { AdminRequest, AdminRoute } from './admin-route.js';

export interface AdminServerOptions {
  /** ADMIN_TOKEN. */
  token: string;
  routes: readonly AdminRoute[];
  audit: AuditLog;
  log: Logger;
  report: FaultReporter;
}

/** Limit on attempts without the token, per address. */
const failureRate = { perSecond: 1, burst: 20 };

/**
 * The server of the administration, not listening yet. Every request needs the token, also one to a path that does not exist: 401,
 * or 429 after too many failures. Every act is recorded with its outcome; one that changes something also before it begins.
 */
export async function createAdminServer(options: AdminServerOptions): Promise<HttpServer> {
  const { token, routes, audit, log, report } = options;
  const readAddress = createAddressReader([]);
  const check = createTokenCheck({
    variable: 'ADMIN_TOKEN',
    token,
    failures: createRateLimiter(failureRate),
  });

  const authorize = (request: FastifyRequest): void => {
    const address = () => readAddress(request.raw);
    try {
      check(request.headers.authorization, address);
    } catch (error) {
      auditRefusal(audit, 'admin', error, address, request.id);
      throw error;
    }
  };
  const server = await createHttpServer({
    log,
    report,
    origins: undefined,
    trustedProxies: [],
    authorize,
  });

  for (const route of routes) {
    const { method, path: url, act } = route;
    server.route({
      method,
      url,
      async handler(request) {
        const asked = readRequest(request);
        const caller = { requestId: request.id, address: readAddress(request.raw) };
        const record = (outcome: string): void =>
          audit({ event: 'admin.act', act, outcome, ...route.subject?.(asked), ...caller });
        if (method !== 'GET') record('started');
        try {
          const result = await route.run(asked);
          if (result === undefined) throw notFound();
          record('ok');
          return result;
        } catch (error) {
          record(error instanceof GatewayError ? error.code : 'INTERNAL_SERVER_ERROR');
          throw error;
        }
      },
    });
  }
  return server;
}

function readRequest({ params, query, body }: FastifyRequest): AdminRequest {
  return {
    params: params as Record<string, string>,
    query: query as Record<string, string>,
    body: body ?? undefined,
  };
}
