import { hash } from 'node:crypto';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** For answers that no browser should ever show as a page: JSON, metrics, refusals. */
export const apiHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
/** Which headers pages of other origins may read. */
export const exposedHeaders = 'retry-after, x-request-id';

/** Sets what every answer needs that is not a page. Fixed text, since it is paid for by every request. */
export function addApiHeaders(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('x-request-id', request.id);
    // Pages have a policy of their own, put there by helmet.
    if (!reply.raw.hasHeader('content-security-policy')) {
      const own = reply.getHeader('cache-control');
      reply.headers(apiHeaders);
      if (own !== undefined) reply.header('cache-control', own);
    }
    done();
  });
}

/** What answers a cross-origin request that needed no preflight, or had one: names and values by turns. */
export function corsHeaders(origin: string | undefined, allowedOrigins: readonly string[]): string[] {
  const headers = ['vary', 'Origin', 'access-control-expose-headers', exposedHeaders];
  if (origin !== undefined && allowedOrigins.includes(origin))
    headers.push('access-control-allow-origin', origin);
  return headers;
}

export interface PagePolicy {
  /** Whether pages are reached by https, so that browsers may be told never to use http. */
  isHttps: boolean;
  /** Whether pictures may come by plain http: the sandbox's do, from another port. */
  allowHttpImages: boolean;
}

/** For pages that the gateway serves itself: everything they run comes from here; pictures come from anywhere. */
export function pageHeaders(policy: PagePolicy): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: { useDefaults: false, directives: pageDirectives(policy) },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
    strictTransportSecurity: policy.isHttps ? { maxAge: 15_552_000, includeSubDomains: false } : false,
  };
}

/** For one page that was not made for a strict policy: runs the scripts that stand in it, and styles itself as it likes. */
export function policyOfForeignPage(policy: PagePolicy, html: string): string {
  const scripts = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, text = '']) => `'sha256-${hash('sha256', text, 'base64')}'`,
  );
  const directives = pageDirectives(policy);
  directives['script-src']?.push(...scripts);
  directives['style-src']?.push("'unsafe-inline'");
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join(';');
}

function pageDirectives({ allowHttpImages }: PagePolicy): Record<string, string[]> {
  return {
    'default-src': ["'self'"],
    'base-uri': ["'self'"],
    'connect-src': ["'self'"],
    'font-src': ["'self'", 'data:'],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'img-src': ["'self'", 'data:', 'blob:', 'https:', ...(allowHttpImages ? ['http:'] : [])],
    'object-src': ["'none'"],
    'script-src': ["'self'"],
    'script-src-attr': ["'none'"],
    'style-src': ["'self'"],
    'worker-src': ["'self'", 'blob:'],
  };
}
