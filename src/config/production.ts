import { isLoopbackHost } from '../lib/public-url.js';
import { type accessSettings, hasNoClients } from './access.js';
import type { adminSettings } from './admin.js';
import type { archiveSettings } from './archive.js';
import type { backendSettings } from './backend.js';
import { hashesOfGuessableKeys, isGuessable, isOneCharacter } from './guessable.js';
import type { providerSettings } from './provider.js';
import { listensOnLoopback, type serverSettings } from './server.js';
import type { ValuesOf } from './setting.js';
import type { swapSettings } from './swaps.js';
import type { webhookSettings } from './webhooks.js';

type Values = ValuesOf<
  typeof serverSettings &
    typeof accessSettings &
    typeof providerSettings &
    typeof backendSettings &
    typeof webhookSettings &
    typeof adminSettings &
    typeof swapSettings &
    typeof archiveSettings
>;

const randomSecret = 'can be guessed; generate one: openssl rand -base64 32';

export function isExposed({ isProduction, host }: Pick<Values, 'isProduction' | 'host'>): boolean {
  return isProduction || !listensOnLoopback(host);
}

/**
 * What is fine on a developer's machine, but not in production: with NODE_ENV=production, or where other machines can reach the
 * gateway.
 *
 * @returns at most one line for each variable, without its value
 */
export function findProductionProblems(values: Values): string[] {
  if (!isExposed(values)) return [];
  return [...plainHttpProblems(values), ...secretProblems(values), ...openSandboxProblems(values)];
}

function plainHttpProblems(values: Values): string[] {
  if (values.allowInsecureHttp) return [];
  const urls = {
    AUTH_JWKS_URL: values.jwksUrl,
    MODELSLAB_BASE_URL: values.modelsLabBaseUrl,
    PUBLIC_URL: values.publicUrl,
    ARCHIVE_S3_ENDPOINT: values.s3Endpoint,
    ARCHIVE_PUBLIC_URL: values.archivePublicUrl,
  };
  return Object.entries(urls)
    .filter(([, url]) => url !== undefined && isPlainHttp(url))
    .map(([name]) => `${name}: must be https in production, or set ALLOW_INSECURE_HTTP=on`);
}

function isPlainHttp(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'http:' && !isLoopbackHost(hostname) && !hostname.endsWith('.localhost');
}

function secretProblems(values: Values): string[] {
  const { webhookSecrets, webhookSigningSecret, metricsToken, adminToken } = values;
  const { modelsLabApiKey, redisUrl, apiKeys, clientTokenSecrets, consentSecret } = values;
  const { s3AccessKeyId, s3SecretAccessKey } = values;
  const guessable = apiKeys.length > 0 ? hashesOfGuessableKeys() : new Set();
  const weak = apiKeys.filter(({ sha256 }) => guessable.has(sha256)).map(({ client }) => client);
  const password = passwordOf(redisUrl?.reveal());
  const problems: [isBad: boolean | undefined, line: string][] = [
    [
      weak.length > 0,
      `GATEWAY_API_KEYS: the key of ${[...new Set(weak)].join(', ')} is a documented example or can be guessed; create one: npm run keys -- NAME`,
    ],
    [webhookSecrets.some((secret) => isGuessable(secret.reveal())), `WEBHOOK_SECRET: ${randomSecret}`],
    [
      clientTokenSecrets.some((secret) => isGuessable(secret.reveal())),
      `CLIENT_TOKEN_SECRET: ${randomSecret}`,
    ],
    [
      webhookSigningSecret && isGuessableSigningSecret(webhookSigningSecret.reveal()),
      `WEBHOOK_SIGNING_SECRET: can be guessed; generate one: printf 'whsec_%s\\n' "$(openssl rand -base64 32)"`,
    ],
    [
      s3AccessKeyId && isOneCharacter(s3AccessKeyId.reveal()),
      'ARCHIVE_S3_ACCESS_KEY_ID: is a placeholder, not a key',
    ],
    [
      // The provider of the bucket chooses it.
      s3SecretAccessKey && isOneCharacter(s3SecretAccessKey.reveal()),
      'ARCHIVE_S3_SECRET_ACCESS_KEY: is a placeholder, not a key',
    ],
    [consentSecret && isGuessable(consentSecret.reveal()), `CONSENT_SECRET: ${randomSecret}`],
    [metricsToken && isGuessable(metricsToken.reveal()), `METRICS_TOKEN: ${randomSecret}`],
    [adminToken && isGuessable(adminToken.reveal()), `ADMIN_TOKEN: ${randomSecret}`],
    [
      // Others choose these two, and a sandbox accepts any key.
      modelsLabApiKey && isOneCharacter(modelsLabApiKey.reveal().trim()),
      'MODELSLAB_API_KEY: is a placeholder, not a key of ModelsLab',
    ],
    [isOneCharacter(password), `REDIS_URL: its password ${randomSecret}`],
  ];
  return problems.filter(([isBad]) => isBad).map(([, line]) => line);
}

function passwordOf(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).password : '';
}

/** The example of the Standard Webhooks specification. */
const publishedSigningSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

function isGuessableSigningSecret(secret: string): boolean {
  const encoded = secret.replace(/^whsec_/, '').replace(/=+$/, '');
  const bytes = Buffer.from(encoded, 'base64').toString('latin1');
  return secret === publishedSigningSecret || isGuessable(encoded) || isGuessable(bytes);
}

/** On other addresses than loopback, HOST is refused without keys, with or without the sandbox. */
function openSandboxProblems(values: Values): string[] {
  const isOpen = hasNoClients(values);
  if (!isOpen || values.modelsLabApiKey || !listensOnLoopback(values.host)) return [];
  return [
    'GATEWAY_API_KEYS: is required in production (or CLIENTS_FILE or AUTH_JWKS_URL) while MODELSLAB_API_KEY is not set: anyone could use the sandbox; for development, unset NODE_ENV',
  ];
}
