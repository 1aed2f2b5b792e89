import type { Backend } from '../backends/backend.js';
import { signingSecretPrefix } from '../client-webhooks/sign.js';
import { createSigningSecrets, type SigningSecrets } from '../client-webhooks/signing-secrets.js';
import type { ClientRegistry } from '../clients/client-registry.js';
import type { Config } from '../config/config.js';
import type { GatewayServices } from '../graphql/context.js';
import type { ClientTokens, ParentKeys } from '../server/access/client-tokens.js';
import { parseMonth } from '../swap/usage.js';

/** What depends on who a client is, beyond its swaps. */
export interface Identity {
  /** Undefined without API keys or a secret for client tokens. */
  clientTokens: ClientTokens | undefined;
  signingSecrets: SigningSecrets;
  account: GatewayServices['account'];
}

export async function createIdentity(
  config: Config,
  backend: Backend,
  clients: Pick<ClientRegistry, 'keysOf' | 'webhookSecretGeneration'>,
): Promise<Identity> {
  const clientTokens = await createTokens(config, backend, clients);
  const signingSecrets = createSigningSecrets({
    shared:
      config.webhookSigningSecret?.reveal() ?? signingSecretPrefix + backend.secret('webhook-signing-secret'),
    jwtIssuer: config.jwt?.issuer,
    generationOf: clients.webhookSecretGeneration,
    isSharedUsed: () => config.sharedSignature ?? backend.isUpgraded(),
  });
  return {
    clientTokens,
    signingSecrets,
    account: {
      tokens: clientTokens,
      usage: (client, month) => backend.usage.read(client, parseMonth(month, backend.clock.now())),
      webhookSecretOf: signingSecrets.secretOf,
    },
  };
}

/** A single process generates a missing secret. Instances that share Redis must be given it, or create no client tokens. */
async function createTokens(
  { apiKeys, clientsFile, clientTokenSecrets }: Config,
  backend: Backend,
  parents: ParentKeys,
): Promise<ClientTokens | undefined> {
  if (apiKeys.length === 0 && clientsFile === undefined) return undefined;
  const configured = clientTokenSecrets.map((secret) => secret.reveal());
  if (configured.length === 0 && backend.isShared) return undefined;
  const [first = backend.secret('client-token-secret'), ...older] = configured;
  const { createClientTokens } = await import('../server/access/client-tokens.js');
  return createClientTokens({ secrets: [first, ...older], parents });
}
