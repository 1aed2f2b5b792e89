import { isIP } from 'node:net';
import { z } from 'zod';

/** A client's key, known by its hash only. A client may have several, so that keys can be changed without a gap. */
export interface ApiKey {
  client: string;
  sha256: string;
}

/** Who may come in, and how much of what they may have. */
export type AccessConfig = Readonly<{
  /** Empty, and no `jwt`: whoever can reach the gateway is the one local client. */
  apiKeys: readonly ApiKey[];
  jwt: Readonly<{ jwksUrl: string; issuer: string; audience: string }> | undefined;
  allowedOrigins: readonly string[];
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  /** Path of the manifest; undefined: any document that keeps the limits may run. */
  trustedDocuments: string | undefined;
  /** Requests a second of one client; undefined: any number. */
  rateLimit: number | undefined;
  /** Swaps that one client may have accepted within 24 hours; undefined: any number. */
  swapsPerDay: number | undefined;
  maxSockets: number;
  maxSocketsPerAddress: number;
  maxSocketsPerClient: number;
  maxSubscriptionsPerSocket: number;
  maxSubscriptionsPerClient: number;
  /** What one GraphQL operation may cost: fields times items. */
  maxQueryCost: number;
  /** Size limit of the response to a GraphQL query, and of one subscription event. */
  maxResponseBytes: number;
  /** Lag of the event loop at which queries are refused. */
  maxDelayMs: number;
}>;

const count = (fallback: number) =>
  z.coerce.number().int('must be a whole number').positive('must be greater than 0').default(fallback);
export const countOrOff = z.union(
  [z.literal('off').transform(() => undefined), z.coerce.number().int().positive()],
  'must be a whole number greater than 0, or off',
);
const list = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** The part of the environment that this is read from. */
export const accessVariables = {
  GATEWAY_API_KEYS: z
    .string()
    .transform(list)
    .pipe(
      z.array(
        z
          .string()
          .regex(
            /^[\w.-]{1,64}:[0-9a-f]{64}$/i,
            'must be entries of the form name:sha256-hex-of-key, separated by commas',
          )
          .transform((entry): ApiKey => {
            const [client = '', sha256 = ''] = entry.split(':');
            return { client, sha256: sha256.toLowerCase() };
          }),
      ),
    )
    .default([]),
  AUTH_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  AUTH_JWT_ISSUER: z.string().optional(),
  AUTH_JWT_AUDIENCE: z.string().optional(),
  ALLOWED_ORIGINS: z
    .string()
    .transform(list)
    .pipe(
      z.array(
        z.url({
          protocol: /^https?$/,
          error: 'must be origins such as https://app.example.com, separated by commas',
        }),
      ),
    )
    .default([]),
  TRUST_PROXY: z
    .string()
    .transform(list)
    .pipe(
      z.array(
        z
          .string()
          .refine(isAddressRange, 'must be addresses or ranges such as 10.0.0.0/8, separated by commas'),
      ),
    )
    .default([]),
  TRUSTED_DOCUMENTS: z.string().optional(),
  RATE_LIMIT: countOrOff.prefault('50'),
  SWAPS_PER_DAY: countOrOff.optional(),
  MAX_SOCKETS: count(20_000),
  MAX_SOCKETS_PER_ADDRESS: count(1000),
  MAX_SOCKETS_PER_CLIENT: count(100),
  MAX_SUBSCRIPTIONS_PER_SOCKET: count(100),
  MAX_SUBSCRIPTIONS_PER_CLIENT: count(1000),
  MAX_QUERY_COST: count(12_500),
  MAX_RESPONSE_BYTES: count(2 * 1024 * 1024),
  MAX_EVENT_LOOP_DELAY_MS: count(500),
};

type AccessVariables = z.infer<z.ZodObject<typeof accessVariables>>;

/** @returns the configuration, and a line for each variable that does not go with the others */
export function readAccess(read: AccessVariables & { HOST: string; RESULT_TTL_MS: number }): {
  access: AccessConfig;
  problems: string[];
} {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: audience } = read;
  const problems: string[] = [];
  const parts = [jwksUrl, issuer, audience].filter((part) => part !== undefined);
  if (parts.length === 1 || parts.length === 2) {
    problems.push(
      'AUTH_JWKS_URL: goes with AUTH_JWT_ISSUER and AUTH_JWT_AUDIENCE; without all three, tokens that were made for others would be taken',
    );
  }
  if (read.GATEWAY_API_KEYS.length === 0 && parts.length === 0 && !isLoopback(read.HOST)) {
    problems.push(
      `HOST: ${read.HOST} can be reached by others, and without GATEWAY_API_KEYS or AUTH_JWKS_URL nobody has to prove who they are; set keys, or use 127.0.0.1`,
    );
  }
  if (read.SWAPS_PER_DAY !== undefined && read.RESULT_TTL_MS < 24 * 3_600_000)
    problems.push('SWAPS_PER_DAY: counts the swaps that are kept, so RESULT_TTL_MS must be a day at least');
  const access: AccessConfig = {
    apiKeys: read.GATEWAY_API_KEYS,
    jwt: jwksUrl && issuer && audience ? { jwksUrl, issuer, audience } : undefined,
    allowedOrigins: read.ALLOWED_ORIGINS.map((origin) => new URL(origin).origin),
    trustedProxies: read.TRUST_PROXY,
    trustedDocuments: read.TRUSTED_DOCUMENTS,
    rateLimit: read.RATE_LIMIT,
    swapsPerDay: read.SWAPS_PER_DAY,
    maxSockets: read.MAX_SOCKETS,
    maxSocketsPerAddress: read.MAX_SOCKETS_PER_ADDRESS,
    maxSocketsPerClient: read.MAX_SOCKETS_PER_CLIENT,
    maxSubscriptionsPerSocket: read.MAX_SUBSCRIPTIONS_PER_SOCKET,
    maxSubscriptionsPerClient: read.MAX_SUBSCRIPTIONS_PER_CLIENT,
    maxQueryCost: read.MAX_QUERY_COST,
    maxResponseBytes: read.MAX_RESPONSE_BYTES,
    maxDelayMs: read.MAX_EVENT_LOOP_DELAY_MS,
  };
  return { access, problems };
}

function isAddressRange(text: string): boolean {
  const [address = '', bits] = text.split('/');
  return isIP(address) !== 0 && (bits === undefined || /^\d{1,3}$/.test(bits));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
