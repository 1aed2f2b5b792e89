/**
 * Shows the secret with which a client verifies its webhooks: npm run keys -- webhook-secret NAME [--generation N]. NAME is a client of
 * GATEWAY_API_KEYS, or `local` for a gateway without keys; `--jwt` instead of NAME stands for the issuer of the JWTs. Needs a build, and
 * the gateway's environment: WEBHOOK_SIGNING_SECRET or, without it, DATA_DIR.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { deriveSigningSecret, secretOwner } from '../src/client-webhooks/signing-secrets.ts';
import type { ConfigError, readConfig } from '../src/config/config.ts';

const usage = 'usage: npm run keys -- webhook-secret (NAME | --jwt) [--generation N]';

const load = (module: string) => import(`../dist/src/${module}`);

/** @returns the secret, or why there is none */
export async function findWebhookSecret(
  args: readonly string[],
  environment: Record<string, string | undefined>,
): Promise<{ secret: string } | { problem: string }> {
  const options = readOptions(args);
  if (!options) return { problem: usage };
  const configs = (await load('config/config.js')) as { readConfig: typeof readConfig };
  const secrets = (await load('client-webhooks/signing-secrets.js')) as {
    deriveSigningSecret: typeof deriveSigningSecret;
    secretOwner: typeof secretOwner;
  };
  let config: ReturnType<typeof readConfig>;
  try {
    config = configs.readConfig(environment);
  } catch (error) {
    if ((error as Error).name !== ('ConfigError' satisfies ConfigError['name'])) throw error;
    return { problem: (error as Error).message };
  }
  const issuer = config.jwt?.issuer;
  if (options.client === undefined && issuer === undefined) return { problem: 'AUTH_JWT_ISSUER: is not set' };
  const shared = config.webhookSigningSecret?.reveal() ?? readStored(config.dataDir);
  if (shared === undefined)
    return {
      problem: `WEBHOOK_SIGNING_SECRET: is not set, and ${config.dataDir} has none: start the gateway first`,
    };
  const owner = secrets.secretOwner(options.client ?? 'jwt:', issuer);
  return { secret: secrets.deriveSigningSecret(shared, owner, options.generation) };
}

function readOptions(
  args: readonly string[],
): { client: string | undefined; generation: number } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { jwt: { type: 'boolean' }, generation: { type: 'string', default: '1' } },
    });
    const [client] = positionals;
    const generation = Number(values.generation);
    const isNamed = values.jwt ? positionals.length === 0 : positionals.length === 1;
    const isKnownForm = client === undefined || /^[\w.-]{1,64}$/.test(client);
    const isValid = isNamed && isKnownForm && Number.isSafeInteger(generation) && generation >= 1;
    return isValid ? { client, generation } : undefined;
  } catch {
    return undefined;
  }
}

/** The secret that a single process has generated. */
function readStored(dataDir: string): string | undefined {
  try {
    return `whsec_${readFileSync(join(dataDir, 'webhook-signing-secret'), 'utf8')}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
