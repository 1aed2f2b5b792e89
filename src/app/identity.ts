import type { Backend } from '../backends/backend.js';
import { signingSecretPrefix } from '../client-webhooks/sign.js';
import { createSigningSecrets, type SigningSecrets } from '../client-webhooks/signing-secrets.js';
import type { Config } from '../config/config.js';
import type { GatewayServices } from '../graphql/context.js';
import type { ClientTokens, ParentKey, ParentKeys } from '../server/access/client-tokens.js';
import { allScopes, type Principal } from '../swap/principal.js';
import { parseMonth } from '../swap/usage.js';

/** What depends on who a client is, beyond its swaps. */
export interface Identity {
  /** Undefined without API keys or a secret for client tokens. */
  clientTokens: ClientTokens | undefined;
  signingSecrets: SigningSecrets;
  account: GatewayServices['account'];
  /** Whether the key that authenticated a client, or created its token, is no longer valid or has lost a scope. */
  isRevoked(principal: Principal): boolean;
}

/** The clients that may use the gateway now, as far as their tokens and webhooks depend on them. */
export interface KnownClients extends ParentKeys {
  /** Generation of a client's webhook signing secret, from 1; also of `local`, and of `jwt:` and an issuer. */
  generationOf(client: string): number;
}

export async function createIdentity(
  config: Config,
  backend: Backend,
  clients: KnownClients = fixedClients(config),
): Promise<Identity> {
  const clientTokens = await createTokens(config, backend, clients);
  const signingSecrets = createSigningSecrets({
    shared:
      config.webhookSigningSecret?.reveal() ?? signingSecretPrefix + backend.secret('webhook-signing-secret'),
    jwtIssuer: config.jwt?.issuer,
    generationOf: clients.generationOf,
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
    isRevoked({ client, parent, key, scopes }) {
      if (key === undefined) return false;
      const current = clients.keysOf(parent ?? client).find(({ sha256 }) => sha256 === key);
      return !current || ![...scopes].every((scope) => current.scopes.has(scope));
    },
  };
}

/** A single process generates a missing secret. Instances that share Redis must be given it, or create no client tokens. */
async function createTokens(
  { apiKeys, clientTokenSecrets }: Config,
  backend: Backend,
  parents: ParentKeys,
): Promise<ClientTokens | undefined> {
  if (apiKeys.length === 0) return undefined;
  const configured = clientTokenSecrets.map((secret) => secret.reveal());
  if (configured.length === 0 && backend.isShared) return undefined;
  const [first = backend.secret('client-token-secret'), ...older] = configured;
  const { createClientTokens } = await import('../server/access/client-tokens.js');
  return createClientTokens({ secrets: [first, ...older], parents });
}

/** Clients that stay as they were configured. */
function fixedClients({ apiKeys }: Config): KnownClients {
  const keys = new Map<string, ParentKey[]>();
  for (const { client, sha256 } of apiKeys)
    keys.set(client, [...(keys.get(client) ?? []), { sha256, scopes: allScopes }]);
  return { keysOf: (client) => keys.get(client) ?? [], generationOf: () => 1 };
}
