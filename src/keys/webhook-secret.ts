import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { signingSecretPrefix } from '../client-webhooks/sign.js';
import { deriveSigningSecret, secretOwner } from '../client-webhooks/signing-secrets.js';
import { clientNamePattern } from '../clients/clients-file.js';
import { ConfigError, readConfig } from '../config/config.js';
import type { ClientStore } from './client-store.js';
import { KeysError } from './edits.js';

const usage = 'usage: npm run keys -- webhook-secret (NAME | --jwt) [--generation N]';

/**
 * The secret with which a client verifies its webhooks. NAME is a client, or `local` for a gateway without keys; `--jwt` stands for the
 * issuer of the JWTs. The generation is the client's, unless it is given.
 *
 * @param environment the gateway's: WEBHOOK_SIGNING_SECRET or, without it, DATA_DIR
 * @throws KeysError
 */
export function findWebhookSecret(
  args: readonly string[],
  store: Pick<ClientStore, 'read'>,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const { client, generation } = readOptions(args);
  const config = configOf(environment);
  const issuer = config.jwt?.issuer;
  if (client === undefined && issuer === undefined) throw new KeysError('AUTH_JWT_ISSUER: is not set');
  const shared = config.webhookSigningSecret?.reveal() ?? readStored(config.dataDir);
  if (shared === undefined)
    throw new KeysError(
      `WEBHOOK_SIGNING_SECRET: is not set, and ${config.dataDir} has none: start the gateway first`,
    );
  const configured = store.read().find(({ name }) => name === client)?.webhookSecretGeneration;
  const owner = secretOwner(client ?? 'jwt:', issuer);
  return deriveSigningSecret(shared, owner, generation ?? configured ?? 1);
}

function readOptions(args: readonly string[]): {
  client: string | undefined;
  generation: number | undefined;
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { jwt: { type: 'boolean' }, generation: { type: 'string' } },
    });
    const [client] = positionals;
    const generation = values.generation === undefined ? undefined : Number(values.generation);
    const isNamed = values.jwt ? positionals.length === 0 : positionals.length === 1;
    const isKnownForm = client === undefined || clientNamePattern.test(client);
    const isCount = generation === undefined || (Number.isSafeInteger(generation) && generation >= 1);
    if (isNamed && isKnownForm && isCount) return { client, generation };
  } catch {
    // An unknown option.
  }
  throw new KeysError(usage);
}

function configOf(environment: Readonly<Record<string, string | undefined>>): ReturnType<typeof readConfig> {
  try {
    return readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) throw new KeysError(error.message);
    throw error;
  }
}

/** The secret that a single process has generated. */
function readStored(dataDir: string): string | undefined {
  try {
    return signingSecretPrefix + readFileSync(join(dataDir, 'webhook-signing-secret'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
