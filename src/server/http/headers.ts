import { hash } from 'node:crypto';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { OriginPolicy } from '../access/origin-policy.js';

/** For responses that browsers must not render as pages: JSON, metrics, errors. */
export const apiHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
/** Headers that pages of other origins may read. */
export const exposedHeaders = 'etag, retry-after, x-request-id';

/** Sets the headers of all responses except pages. Constant values, since every request pays for them. */
export function addApiHeaders(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('x-request-id', request.id);
    // Helmet sets a separate policy for pages.
    if (!reply.raw.hasHeader('content-security-policy')) {
      const own = reply.getHeader('cache-control');
      reply.headers(apiHeaders);
      if (own !== undefined) reply.header('cache-control', own);
    }
    done();
  });
}

/** CORS headers of a non-preflight response, as alternating names and values. */
export function corsHeaders(origin: string | undefined, { allows }: Pick<OriginPolicy, 'allows'>): string[] {
  const headers = ['vary', 'Origin', 'access-control-expose-headers', exposedHeaders];
  if (origin !== undefined && allows(origin)) headers.push('access-control-allow-origin', origin);
  return headers;
}

export interface PagePolicy {
  /** Whether pages are served over HTTPS, so that HSTS can be enabled. */
  isHttps: boolean;
  /** Whether pictures may be loaded over plain HTTP, as the sandbox serves them from another port. */
  allowHttpImages: boolean;
}

/** For the gateway's own pages: scripts and styles come from the gateway only, pictures from anywhere. */
export function pageHeaders(policy: PagePolicy): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: { useDefaults: false, directives: pageDirectives(policy) },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
    strictTransportSecurity: policy.isHttps ? { maxAge: 15_552_000, includeSubDomains: false } : false,
  };
}

/** For a third-party page not written for a strict policy: allows its inline scripts, by hash, and inline styles. */
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
