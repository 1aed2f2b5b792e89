import type { ClientRules } from '../swap/client-rules.js';
import { allScopes, type Principal, type Scope } from '../swap/principal.js';
import type { ClientSettings } from './clients-file.js';

/** A key that is valid now. */
export interface ValidKey {
  /** In lower-case hexadecimal. */
  sha256: string;
  scopes: ReadonlySet<Scope>;
  /** Milliseconds since the epoch. */
  expiresAt?: number | undefined;
}

/** The clients that have API keys, and what the operator decided for each. */
export interface ClientRegistry {
  /**
   * The principal of an API key, while the key is valid.
   * @param digest SHA-256 of the key, in lower-case hexadecimal
   */
  findKey(digest: string): Principal | undefined;
  /** Every configured client. */
  names(): string[];
  /** The valid keys of a client. Empty for an unknown client. */
  keysOf(client: string): readonly ValidKey[];
  /**
   * Whether a principal with a `key` may still do all that it could: the key is valid, and belongs to the same client with at
   * least the same scopes.
   */
  isCurrent(principal: Principal): boolean;
  /** The defaults for a client that is not configured, such as the subject of a JWT. */
  rulesOf(client: string): ClientRules;
  /** Generation of the client's webhook signing secret, from 1. */
  webhookSecretGeneration(client: string): number;
}

export interface ReplaceableClients extends ClientRegistry {
  /** Replaces the clients of the file at once. Those of GATEWAY_API_KEYS stay. */
  replace(clients: readonly ClientSettings[]): void;
}

export interface ClientRegistryOptions {
  /** Clients with all scopes and the default rules. */
  apiKeys: readonly { client: string; sha256: string }[];
  /** For everything that a client's own settings leave open. Consent that is required here is required of every client. */
  defaults: ClientRules;
  /** Milliseconds since the epoch. */
  now(): number;
}

interface Entry {
  rules: ClientRules;
  webhookSecretGeneration: number;
}

/**
 * Keys are found by the digest of the credential in a hash map. That needs no comparison in constant time: the secret is only in
 * the input of SHA-256, so nobody can choose digests that approach a stored one step by step, and the map compares texts only
 * after a match of their hashes, which are seeded at random.
 */
export function createClientRegistry({ apiKeys, defaults, now }: ClientRegistryOptions): ReplaceableClients {
  let keys = new Map<string, Principal>();
  let keysByClient = new Map<string, Principal[]>();
  let entries = new Map<string, Entry>();

  const isExpired = ({ expiresAt }: Pick<Principal, 'expiresAt'>): boolean =>
    expiresAt !== undefined && expiresAt <= now();

  const addKey = (
    to: Map<string, Principal>,
    key: string,
    client: string,
    scopes: ReadonlySet<Scope>,
    expiresAt?: number,
  ): void => {
    const expiry = expiresAt !== undefined && { expiresAt };
    to.set(key, { client, kind: 'key', scopes, key, ...expiry });
  };

  const replace = (clients: readonly ClientSettings[]): void => {
    const nextKeys = new Map<string, Principal>();
    for (const { client, sha256 } of apiKeys)
      if (!nextKeys.has(sha256)) addKey(nextKeys, sha256, client, allScopes);
    for (const { name, keys: own, scopes } of clients) {
      const granted = scopes ? new Set(scopes) : allScopes;
      for (const { sha256, expiresAt } of own) addKey(nextKeys, sha256, name, granted, expiresAt);
    }
    keys = nextKeys;
    keysByClient = Map.groupBy(nextKeys.values(), ({ client }) => client);
    entries = new Map(clients.map((client) => [client.name, entryOf(client, defaults)]));
  };
  replace([]);

  const entryFor = (client: string): Entry | undefined => {
    const [kind, creator] = client.split(':', 2);
    return entries.get(kind === 'token' && creator !== undefined ? creator : client);
  };

  return {
    findKey(digest) {
      const principal = keys.get(digest);
      return principal && !isExpired(principal) ? principal : undefined;
    },
    names: () => [...new Set([...keysByClient.keys(), ...entries.keys()])].sort(),
    keysOf: (client) =>
      (keysByClient.get(client) ?? [])
        .filter((principal) => !isExpired(principal))
        .map(({ key = '', scopes, expiresAt }) => ({ sha256: key, scopes, expiresAt })),
    isCurrent(principal) {
      const { client, parent = client, scopes, key = '' } = principal;
      const current = keys.get(key);
      if (!current || isExpired(current)) return false;
      if (current === principal) return true;
      // An API key's own expiry may have been changed.
      if (principal.kind === 'token' && isExpired(principal)) return false;
      return current.client === parent && [...scopes].every((scope) => current.scopes.has(scope));
    },
    rulesOf: (client) => entryFor(client)?.rules ?? defaults,
    webhookSecretGeneration: (client) => entryFor(client)?.webhookSecretGeneration ?? 1,
    replace,
  };
}

function entryOf(
  { quotas, watermark, consent, webhookSecretGeneration = 1 }: ClientSettings,
  defaults: ClientRules,
): Entry {
  const { swapsPerDay = defaults.swapsPerDay, maxWaiting = defaults.maxWaiting } = quotas ?? {};
  return {
    rules: {
      swapsPerDay: swapsPerDay === 'off' ? undefined : swapsPerDay,
      maxWaiting,
      requiresWatermark: defaults.requiresWatermark || watermark === 'required',
      requiresConsent: defaults.requiresConsent || consent === 'required',
    },
    webhookSecretGeneration,
  };
}
