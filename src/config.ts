import { isIP } from 'node:net';
import { z } from 'zod';

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

const environment = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: port.default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  MODELSLAB_API_KEY: z.string().min(1).transform(secret).optional(),
  MODELSLAB_BASE_URL: httpUrl.default('https://modelslab.com/api/v6/deepfake'),
  MODELSLAB_QUEUE_LIMIT: positive(5),
  DATA_DIR: z.string().min(1).default('./data'),
  WEBHOOK_SECRET: z.string().min(16, 'must have at least 16 characters').transform(secret).optional(),
  GATEWAY_API_KEYS: apiKeys(),
  ALLOWED_ORIGINS: z
    .string()
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ''),
    )
    .pipe(
      z.array(
        z.url({
          protocol: /^https?$/,
          error: 'must be origins such as https://app.example.com, separated by commas',
        }),
      ),
    )
    .default([]),
  ALLOW_HTTP_IMAGES: onOff('off'),
  QUEUE_DEADLINE_MS: milliseconds(15 * minuteMs),
  PROCESSING_DEADLINE_MS: milliseconds(10 * minuteMs),
  POLL_INTERVAL_MS: milliseconds(2000),
  RESULT_TTL_MS: milliseconds(7 * 24 * 60 * minuteMs),
  MAX_WAITING_PER_CLIENT: positive(100),
  MAX_WAITING: positive(10_000),
  INTROSPECTION: onOff(undefined),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** A client's key, known by its hash only. A client may have several, so that keys can be changed without a gap. */
export interface ApiKey {
  client: string;
  sha256: string;
}

export type Config = Readonly<{
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
  /** Undefined: made once and kept in the data directory. */
  webhookSecret: Secret | undefined;
  /** Empty: whoever can reach the gateway is the one local client. */
  apiKeys: readonly ApiKey[];
  allowedOrigins: readonly string[];
  allowHttpImages: boolean;
  queueDeadlineMs: number;
  processingDeadlineMs: number;
  pollIntervalMs: number;
  resultTtlMs: number;
  maxWaitingPerClient: number;
  maxWaiting: number;
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
  if (read.GATEWAY_API_KEYS.length === 0 && !isLoopback(read.HOST)) {
    throw new ConfigError([
      `HOST: ${read.HOST} can be reached by others, and without GATEWAY_API_KEYS nobody has to prove who they are; set keys, or use 127.0.0.1`,
    ]);
  }
  const isProduction = read.NODE_ENV === 'production';
  return Object.freeze({
    isProduction,
    host: read.HOST,
    port: read.PORT,
    publicUrl: read.PUBLIC_URL,
    modelsLabApiKey: read.MODELSLAB_API_KEY,
    modelsLabBaseUrl: read.MODELSLAB_BASE_URL,
    queueLimit: read.MODELSLAB_QUEUE_LIMIT,
    dataDir: read.DATA_DIR,
    webhookSecret: read.WEBHOOK_SECRET,
    apiKeys: read.GATEWAY_API_KEYS,
    allowedOrigins: read.ALLOWED_ORIGINS.map((origin) => new URL(origin).origin),
    allowHttpImages: read.ALLOW_HTTP_IMAGES === 'on',
    queueDeadlineMs: read.QUEUE_DEADLINE_MS,
    processingDeadlineMs: read.PROCESSING_DEADLINE_MS,
    pollIntervalMs: read.POLL_INTERVAL_MS,
    resultTtlMs: read.RESULT_TTL_MS,
    maxWaitingPerClient: read.MAX_WAITING_PER_CLIENT,
    maxWaiting: read.MAX_WAITING,
    introspection: read.INTROSPECTION === undefined ? !isProduction : read.INTROSPECTION === 'on',
    logLevel: read.LOG_LEVEL,
  });
}

function onOff(fallback: 'on' | 'off' | undefined) {
  return z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .optional()
    .transform((value) => value ?? fallback);
}

function apiKeys() {
  return z
    .string()
    .transform((list) =>
      list
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    )
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
    .default([]);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
