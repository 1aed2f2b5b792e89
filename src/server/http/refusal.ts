import { GatewayError } from '../../swap/errors.js';

/** RATE_LIMITED, with the wait as whole seconds. */
export function rateLimited(message: string, waitMs: number): GatewayError {
  return new GatewayError('RATE_LIMITED', message, { retryAfter: Math.max(1, Math.ceil(waitMs / 1000)) });
}

/** What kept a request from being executed at all, as an HTTP status. */
export function httpStatusOf({ code }: GatewayError): number {
  switch (code) {
    case 'UNAUTHENTICATED':
      return 401;
    case 'FORBIDDEN':
      return 403;
    case 'RATE_LIMITED':
      return 429;
    case 'UNAVAILABLE':
      return 503;
    default:
      return 400;
  }
}

/** Headers that go with the status. */
export function errorHeaders({ code, details }: GatewayError): Record<string, string> {
  return {
    ...(code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
    ...(details.retryAfter !== undefined && { 'retry-after': String(details.retryAfter) }),
  };
}
