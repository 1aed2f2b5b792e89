import { isIP } from 'node:net';
import { z } from 'zod';
import { secret } from './secret.js';
import { env, flag, httpUrl, list, secretEnv } from './setting.js';

export const port = z.coerce
  .number()
  .int('must be a whole number')
  .min(0, 'must be between 0 and 65535')
  .max(65535, 'must be between 0 and 65535');

const origin = z
  .url({
    protocol: /^https?$/,
    error: 'must be origins such as https://app.example.com, separated by commas',
  })
  .transform((url) => new URL(url).origin);

/** How the gateway is reached, and what it exposes besides the API. */
export const serverSettings = {
  isProduction: env(
    'NODE_ENV',
    z
      .string()
      .default('development')
      .transform((value) => value === 'production'),
  ),
  host: env('HOST', z.string().min(1).default('127.0.0.1')),
  /** 0 picks a free port. */
  port: env('PORT', port.default(4000)),
  /** Undefined: the URL that the gateway listens on. */
  publicUrl: env('PUBLIC_URL', httpUrl.optional()),
  /** Accept plain http for URLs on other hosts in production. */
  allowInsecureHttp: env('ALLOW_INSECURE_HTTP', flag.prefault('off')),
  /** Origins whose pages may call the gateway, in addition to its own. */
  allowedOrigins: env('ALLOWED_ORIGINS', list.pipe(z.array(origin)).default([])),
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is trusted. */
  trustedProxies: env(
    'TRUST_PROXY',
    list
      .pipe(
        z.array(
          z
            .string()
            .refine(isAddressRange, 'must be addresses or ranges such as 10.0.0.0/8, separated by commas'),
        ),
      )
      .default([]),
  ),
  /** Off: all requests go through Fastify, Apollo and graphql-js. */
  fastPath: env('FAST_PATH', flag.prefault('on')),
  /** The GraphQL IDE and introspection. Undefined: off in production, otherwise on. */
  introspection: env('INTROSPECTION', flag.optional()),
  /** Required by `/metrics`. Undefined: open if the gateway serves only the local client, otherwise closed. */
  metricsToken: secretEnv(
    'METRICS_TOKEN',
    z
      .string()
      .regex(/^\S{16,}$/, 'must have at least 16 characters and no spaces')
      .transform(secret)
      .optional(),
  ),
  logLevel: env(
    'LOG_LEVEL',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ),
};

/** Whether a server that listens on `host` can be reached from this machine only. */
export function listensOnLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isAddressRange(text: string): boolean {
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  if (family === 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}
