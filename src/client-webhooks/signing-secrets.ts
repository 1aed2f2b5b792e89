import { hkdfSync } from 'node:crypto';
import { parentOf } from '../swap/principal.js';
import { signingSecretPrefix } from './sign.js';

export interface SigningSecretsOptions {
  /** `WEBHOOK_SIGNING_SECRET`: `whsec_` and base64. Each client's secret is derived from it. */
  shared: string;
  /** Issuer of the JWTs; undefined: the gateway accepts none. */
  jwtIssuer: string | undefined;
  /** Generation of a client's secret, from 1. Raising it rotates the secret. */
  generationOf(client: string): number;
  /** Whether webhooks are also signed with `shared`, as versions up to 0.2 did. @throws UNAVAILABLE */
  isSharedUsed(): boolean | Promise<boolean>;
}

/** The secrets that sign client webhooks, `whsec_` and base64. */
export interface SigningSecrets {
  /** The secret with which a client verifies its webhooks. */
  secretOf(client: string): string;
  /**
   * The secrets that sign a client's webhooks: its own, that of the previous generation if there is one, and the shared one
   * if that is used.
   * @throws UNAVAILABLE
   */
  secretsOf(client: string): Promise<readonly string[]>;
}

export function createSigningSecrets(options: SigningSecretsOptions): SigningSecrets {
  const { shared, jwtIssuer, generationOf, isSharedUsed } = options;
  const secret = (client: string, back: number): string | undefined => {
    const owner = secretOwner(client, jwtIssuer);
    const generation = generationOf(owner) - back;
    return generation >= 1 ? deriveSigningSecret(shared, owner, generation) : undefined;
  };
  const current = (client: string): string => {
    const found = secret(client, 0);
    if (found === undefined) throw new Error('the generation of a webhook secret must be 1 or more');
    return found;
  };
  return {
    secretOf: current,
    async secretsOf(client) {
      const candidates = [current(client), secret(client, 1), (await isSharedUsed()) ? shared : undefined];
      return candidates.filter((candidate) => candidate !== undefined);
    },
  };
}

/**
 * Whose secret signs a client's webhooks: the client's own; the parent's for client tokens; `jwt:` and the issuer for JWTs, since
 * the application that receives the webhooks of their subjects is one.
 */
export function secretOwner(client: string, jwtIssuer: string | undefined): string {
  if (client.startsWith('jwt:')) return `jwt:${jwtIssuer ?? ''}`;
  return parentOf(client) ?? client;
}

/**
 * A signing secret of 32 bytes, by HKDF-SHA256: nothing can be learned from it about the shared one or that of another owner.
 *
 * @param shared `whsec_` and base64
 * @returns `whsec_` and base64, as Standard Webhooks defines it
 */
export function deriveSigningSecret(shared: string, owner: string, generation: number): string {
  const key = Buffer.from(shared.slice(signingSecretPrefix.length), 'base64');
  const info = `face-swap-gateway webhook ${generation} ${owner}`;
  return signingSecretPrefix + Buffer.from(hkdfSync('sha256', key, '', info, 32)).toString('base64');
}
