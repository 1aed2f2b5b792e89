import { isIP } from 'node:net';
import { z } from 'zod';
import { type AccessConfig, accessVariables, countOrOff, readAccess } from './access.js';

/** Text that must not be printed: logs, errors and JSON show `[redacted]` in its place. */
export interface Secret {
  reveal(): string;
}

export function secret(value: string): Secret {
  const redacted = (): string => '[redacted]';
  return {
    reveal: () => value,
    toString: redacted,
    toJSON: redacted,
    [Symbol.for('nodejs.util.inspect.custom')]: redacted,
  } as Secret;
}

/** Every secret of a configuration, to keep it out of whatever is shown. */
export function secretsOf(config: Config): string[] {
  return Object.values(config)
    .flat()
    .filter((value): value is Secret => typeof value === 'object' && 'reveal' in value)
    .map((value) => value.reveal());
}

/** Thrown for an environment that cannot be used; `problems` has a line for each wrong variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
  }
}

const minuteMs = 60_000;
const positive = (fallback: number) =>
  z.coerce.number().int('must be a whole number').positive('must be greater than 0').default(fallback);
const milliseconds = positive;
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((text) => text.replace(/\/+$/, ''));
const port = z.coerce
  .number()
  .int('must be a whole number')
  .min(0, 'must be between 0 and 65535')
  .max(65535, 'must be between 0 and 65535');

const dnsServers = z
  .string()
  .transform((text) => text.split(',').map((server) => server.trim()))
  .refine(
    (servers) => servers.every(isDnsServer),
    'must be addresses such as 9.9.9.9, 127.0.0.1:5353 or [::1]:53, separated by commas',
  );

const environment = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: port.default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  MODELSLAB_API_KEY: z.string().min(1).transform(secret).optional(),
  MODELSLAB_BASE_URL: httpUrl.default('https://modelslab.com/api/v6/deepfake'),
  MODELSLAB_QUEUE_LIMIT: positive(5),
  DATA_DIR: z.string().min(1).default('./data'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis or rediss URL' })
    .transform(secret)
    .optional(),
  REDIS_PREFIX: z.string().min(1).default('face-swap:'),
  REDIS_CA_FILE: z.string().optional(),
  REDIS_ALLOW_LOSS: onOff('off'),
  REDIS_WAIT_REPLICAS: z.coerce.number().int('must be a whole number').min(0, 'must be 0 or more').default(0),
  WEBHOOK_SECRET: z
    .string()
    .transform((text) => text.split(',').map((entry) => entry.trim()))
    .pipe(
      z
        .array(
          z.string().min(16, 'must have at least 16 characters, each of them where commas separate several'),
        )
        .transform((entries) => entries.map(secret)),
    )
    .default([]),
  WEBHOOK_SIGNING_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ followed by at least 24 bytes as base64')
    .transform(secret)
    .optional(),
  ALLOW_PRIVATE_WEBHOOKS: onOff('off'),
  WEBHOOK_DNS_SERVERS: dnsServers.optional(),
  METRICS_TOKEN: z
    .string()
    .regex(/^\S{16,}$/, 'must have at least 16 characters and no spaces')
    .transform(secret)
    .optional(),
  ...accessVariables,
  ALLOW_HTTP_IMAGES: onOff('off'),
  REQUIRE_CONSENT: onOff('off'),
  QUEUE_DEADLINE_MS: milliseconds(15 * minuteMs),
  PROCESSING_DEADLINE_MS: milliseconds(10 * minuteMs),
  SUBMIT_TIMEOUT_MS: milliseconds(minuteMs),
  FETCH_TIMEOUT_MS: milliseconds(20_000),
  UNKNOWN_SLOT_MS: milliseconds(minuteMs),
  POLL_INTERVAL_MS: milliseconds(1000),
  RESULT_TTL_MS: milliseconds(7 * 24 * 60 * minuteMs),
  MAX_WAITING_PER_CLIENT: positive(100),
  MAX_WAITING: positive(10_000),
  MAX_UPLOADS_PER_CLIENT: countOrOff.prefault('100'),
  MAX_UPLOADS: positive(5000),
  UPLOAD_TTL_MS: milliseconds(24 * 60 * minuteMs),
  FAST_PATH: onOff('on'),
  INTROSPECTION: onOff(undefined),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** Every variable that is read. */
export const variableNames: readonly string[] = Object.keys(environment.shape);

export type Config = AccessConfig &
  Readonly<{
    isProduction: boolean;
    host: string;
    /** 0: any free one. */
    port: number;
    /** Undefined: the address that the gateway listens on. */
    publicUrl: string | undefined;
    /** Undefined: the sandbox stands in for ModelsLab. */
    modelsLabApiKey: Secret | undefined;
    modelsLabBaseUrl: string;
    queueLimit: number;
    dataDir: string;
    /** Undefined: one process, with its store in the data directory. */
    redisUrl: Secret | undefined;
    /** Before all keys and channels in Redis. */
    redisPrefix: string;
    /** Path of a PEM file with the CAs that may have issued Redis's certificate. */
    redisCaFile: string | undefined;
    /** Allow starting in production on a Redis that may lose acknowledged writes. */
    redisAllowLoss: boolean;
    /** Replicas that must acknowledge an accepted swap before the response, and the submission mark before the POST. */
    redisWaitReplicas: number;
    /** The first signs new webhook URLs; all are accepted. Empty: generated once and kept in the data directory. */
    webhookSecrets: readonly Secret[];
    /** Signs the calls to clients' webhooks. Undefined: made once and kept in the data directory. */
    webhookSigningSecret: Secret | undefined;
    allowPrivateWebhooks: boolean;
    /** DNS servers for clients' webhook hosts. Undefined: the system's. */
    webhookDnsServers: readonly string[] | undefined;
    /** What opens `/metrics`. Undefined: open while the gateway serves a local client only, else closed. */
    metricsToken: Secret | undefined;
    allowHttpImages: boolean;
    requireConsent: boolean;
    queueDeadlineMs: number;
    processingDeadlineMs: number;
    unknownSlotMs: number;
    pollIntervalMs: number;
    /** How long ModelsLab may take to answer a submission; a shutdown waits for it that long. */
    submitTimeoutMs: number;
    /** How long ModelsLab may take to answer a poll. */
    fetchTimeoutMs: number;
    resultTtlMs: number;
    maxWaitingPerClient: number;
    maxWaiting: number;
    /** Undefined: nothing can be uploaded. */
    maxUploadsPerClient: number | undefined;
    maxUploads: number;
    uploadTtlMs: number;
    /** Off: all requests go through Fastify, Apollo and graphql-js. */
    fastPath: boolean;
    introspection: boolean;
    logLevel: string;
  }>;

/**
 * Reads the configuration. A variable that is set to nothing counts as not set.
 *
 * @throws ConfigError naming every variable that is wrong
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`));
  }
  const read = parsed.data;
  const { access, problems } = readAccess(read);
  problems.push(...missingSecrets(read));
  if (read.REDIS_CA_FILE !== undefined && !read.REDIS_URL?.reveal().startsWith('rediss:'))
    problems.push('REDIS_CA_FILE: is for TLS, so REDIS_URL must begin with rediss:');
  if (problems.length > 0) throw new ConfigError(problems);
  const isProduction = read.NODE_ENV === 'production';
  return Object.freeze({
    ...access,
    isProduction,
    host: read.HOST,
    port: read.PORT,
    publicUrl: read.PUBLIC_URL,
    modelsLabApiKey: read.MODELSLAB_API_KEY,
    modelsLabBaseUrl: read.MODELSLAB_BASE_URL,
    queueLimit: read.MODELSLAB_QUEUE_LIMIT,
    dataDir: read.DATA_DIR,
    redisUrl: read.REDIS_URL,
    redisPrefix: read.REDIS_PREFIX,
    redisCaFile: read.REDIS_CA_FILE,
    redisAllowLoss: read.REDIS_ALLOW_LOSS === 'on',
    redisWaitReplicas: read.REDIS_WAIT_REPLICAS,
    webhookSecrets: read.WEBHOOK_SECRET,
    webhookSigningSecret: read.WEBHOOK_SIGNING_SECRET,
    allowPrivateWebhooks: read.ALLOW_PRIVATE_WEBHOOKS === 'on',
    webhookDnsServers: read.WEBHOOK_DNS_SERVERS,
    metricsToken: read.METRICS_TOKEN,
    allowHttpImages: read.ALLOW_HTTP_IMAGES === 'on',
    requireConsent: read.REQUIRE_CONSENT === 'on',
    queueDeadlineMs: read.QUEUE_DEADLINE_MS,
    processingDeadlineMs: read.PROCESSING_DEADLINE_MS,
    unknownSlotMs: read.UNKNOWN_SLOT_MS,
    pollIntervalMs: read.POLL_INTERVAL_MS,
    submitTimeoutMs: read.SUBMIT_TIMEOUT_MS,
    fetchTimeoutMs: read.FETCH_TIMEOUT_MS,
    resultTtlMs: read.RESULT_TTL_MS,
    maxWaitingPerClient: read.MAX_WAITING_PER_CLIENT,
    maxWaiting: read.MAX_WAITING,
    maxUploadsPerClient: read.MAX_UPLOADS_PER_CLIENT,
    maxUploads: read.MAX_UPLOADS,
    uploadTtlMs: read.UPLOAD_TTL_MS,
    fastPath: read.FAST_PATH === 'on',
    introspection: read.INTROSPECTION === undefined ? !isProduction : read.INTROSPECTION === 'on',
    logLevel: read.LOG_LEVEL,
  });
}

/** What a single process makes up for itself has to be the same for all instances. */
function missingSecrets(read: z.infer<typeof environment>): string[] {
  if (!read.REDIS_URL) return [];
  const problems = (['WEBHOOK_SECRET', 'WEBHOOK_SIGNING_SECRET'] as const)
    .filter((name) => [read[name] ?? []].flat().length === 0)
    .map((name) => `${name}: is needed with REDIS_URL, the same for all instances`);
  if (read.MODELSLAB_API_KEY) return problems;
  return [
    ...problems,
    'MODELSLAB_API_KEY: is needed with REDIS_URL, since instances cannot share a built-in sandbox; for a sandbox of its own, `npm run sandbox` and set MODELSLAB_BASE_URL',
  ];
}

function onOff(fallback: 'on' | 'off' | undefined) {
  return z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .optional()
    .transform((value) => value ?? fallback);
}

function isDnsServer(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const [, v6, v4, port] = /^(?:\[(.+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return isIP(v6 ?? v4 ?? '') !== 0 && Number(port ?? 53) <= 65535;
}
