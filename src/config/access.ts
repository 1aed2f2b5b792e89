import { z } from 'zod';
import { secret } from './secret.js';
import { listensOnLoopback, type serverSettings } from './server.js';
import { env, flag, list, positive, positiveOrOff, secretEnv, type ValuesOf } from './setting.js';

/** A client's key, known only by its hash. A client may have several, so that keys can be rotated without downtime. */
export interface ApiKey {
  client: string;
  sha256: string;
}

const apiKey = z
  .string()
  .regex(
    /^[\w.-]{1,64}:[0-9a-f]{64}$/i,
    'must be entries of the form name:sha256-hex-of-key, separated by commas',
  )
  .transform((entry): ApiKey => {
    const [client = '', sha256 = ''] = entry.split(':');
    return { client, sha256: sha256.toLowerCase() };
  });

/** Authentication, and limits on requests, sockets and subscriptions. */
export const accessSettings = {
  /** Empty, no `clientsFile` and no JWT settings: every request belongs to the single local client. */
  apiKeys: secretEnv('GATEWAY_API_KEYS', list.pipe(z.array(apiKey)).default([])),
  /** Path of the file with the clients, in addition to those of `apiKeys`. */
  clientsFile: env('CLIENTS_FILE', z.string().optional()),
  jwksUrl: env(
    'AUTH_JWKS_URL',
    z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  ),
  jwtIssuer: env('AUTH_JWT_ISSUER', z.string().optional()),
  jwtAudience: env('AUTH_JWT_AUDIENCE', z.string().optional()),
  /** Whether tokens carry their scopes. Off: every token has all scopes. */
  jwtScopes: env('AUTH_JWT_SCOPES', flag.prefault('off')),
  /** The first signs client tokens; all are accepted. Empty: generated once and kept in the data directory, or none with Redis. */
  clientTokenSecrets: secretEnv(
    'CLIENT_TOKEN_SECRET',
    list
      .pipe(
        z.array(
          z
            .string()
            .min(32, 'must be secrets of at least 32 characters each, separated by commas')
            .transform(secret),
        ),
      )
      .default([]),
  ),
  /** Path of the manifest. Undefined: any document within the limits may run. */
  trustedDocuments: env('TRUSTED_DOCUMENTS', z.string().optional()),
  /** Requests per second per client. Undefined: no limit. */
  rateLimit: env('RATE_LIMIT', positiveOrOff.prefault('50')),
  maxSockets: env('MAX_SOCKETS', positive(20_000)),
  maxSocketsPerAddress: env('MAX_SOCKETS_PER_ADDRESS', positive(1000)),
  maxSocketsPerClient: env('MAX_SOCKETS_PER_CLIENT', positive(100)),
  maxSubscriptionsPerSocket: env('MAX_SUBSCRIPTIONS_PER_SOCKET', positive(100)),
  maxSubscriptionsPerClient: env('MAX_SUBSCRIPTIONS_PER_CLIENT', positive(1000)),
  /** Cost limit of one GraphQL operation: fields times items. */
  maxQueryCost: env('MAX_QUERY_COST', positive(12_500)),
  /** Size limit of the response to a GraphQL query, and of one subscription event. */
  maxResponseBytes: env('MAX_RESPONSE_BYTES', positive(2 * 1024 * 1024)),
  /** Event loop delay above which queries are rejected. */
  maxDelayMs: env('MAX_EVENT_LOOP_DELAY_MS', positive(500)),
};

type AccessValues = ValuesOf<typeof accessSettings>;

/** The settings of a JWT issuer; undefined unless all three are set. */
export function jwtOf({
  jwksUrl,
  jwtIssuer: issuer,
  jwtAudience: audience,
  jwtScopes: hasScopes,
}: AccessValues) {
  return jwksUrl && issuer && audience ? { jwksUrl, issuer, audience, hasScopes } : undefined;
}

/** Whether there is no authentication. A file without clients is not open: its last key may just have been revoked. */
export function hasNoClients({ apiKeys, clientsFile, jwksUrl }: AccessValues): boolean {
  return apiKeys.length === 0 && clientsFile === undefined && jwksUrl === undefined;
}

export function findAccessProblems(values: AccessValues & ValuesOf<typeof serverSettings>): string[] {
  const problems: string[] = [];
  const jwt = [values.jwksUrl, values.jwtIssuer, values.jwtAudience].filter((part) => part !== undefined);
  if (jwt.length === 1 || jwt.length === 2) {
    problems.push(
      'AUTH_JWKS_URL: requires AUTH_JWT_ISSUER and AUTH_JWT_AUDIENCE; without all three, tokens issued for other services would be accepted',
    );
  }
  if (hasNoClients(values) && jwt.length === 0 && !listensOnLoopback(values.host)) {
    problems.push(
      `HOST: ${values.host} is reachable from other machines, which requires authentication; set CLIENTS_FILE, GATEWAY_API_KEYS or AUTH_JWKS_URL, or use 127.0.0.1`,
    );
  }
  return problems;
}
