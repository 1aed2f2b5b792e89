import { createHash, randomBytes } from 'node:crypto';
import type { Scope } from '../swap/principal.js';

/** A client as it is written in CLIENTS_FILE. Settings that no command changes are kept as they are. */
export interface StoredClient {
  name: string;
  keys: { sha256: string; expiresAt?: string }[];
  scopes?: Scope[];
  webhookSecretGeneration?: number;
  [setting: string]: unknown;
}

/** Thrown with a message for the operator. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}

/** A new key, in plain text. */
export const generateKey = (): string => `fsg_${randomBytes(32).toString('base64url')}`;

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
const timeOf = (ms: number): string => new Date(ms).toISOString();

interface NewKey {
  key: string;
  /** Milliseconds since the epoch. Undefined: never. */
  expiresAt: number | undefined;
}

const stored = ({ key, expiresAt }: NewKey): StoredClient['keys'][number] => ({
  sha256: hashOf(key),
  ...(expiresAt !== undefined && { expiresAt: timeOf(expiresAt) }),
});

/** Adds a key, and its client if that is new. @param scopes for a new client; undefined: all */
export function addKey(
  clients: readonly StoredClient[],
  name: string,
  key: NewKey,
  scopes: Scope[] | undefined,
): StoredClient[] {
  if (!clients.some((client) => client.name === name))
    return [...clients, { name, keys: [stored(key)], ...(scopes && { scopes }) }];
  if (scopes) throw new KeysError(`${name} exists; change its scopes in the file`);
  return change(clients, name, (client) => ({ ...client, keys: [...client.keys, stored(key)] }));
}

/** Adds a key, and lets the others expire at `until` unless they expire sooner. Those that have expired are removed. */
export function rotateKey(
  clients: readonly StoredClient[],
  name: string,
  key: NewKey,
  { until, now }: { until: number; now: number },
): StoredClient[] {
  const expiryOf = ({ expiresAt }: StoredClient['keys'][number]): number =>
    expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
  return change(clients, name, (client) => {
    const kept = client.keys
      .filter((old) => expiryOf(old) > now)
      .map((old) => (expiryOf(old) <= until ? old : { ...old, expiresAt: timeOf(until) }));
    return { ...client, keys: [...kept, stored(key)] };
  });
}

/** Removes the key whose hash starts with `prefix`, or all keys of a client. Its settings stay. */
export function revokeKeys(
  clients: readonly StoredClient[],
  name: string,
  prefix: string | undefined,
): StoredClient[] {
  return change(clients, name, (client) => {
    if (prefix === undefined) return { ...client, keys: [] };
    const matching = client.keys.filter(({ sha256 }) =>
      sha256.toLowerCase().startsWith(prefix.toLowerCase()),
    );
    const [revoked] = matching;
    if (!revoked || matching.length > 1)
      throw new KeysError(`${name} has ${matching.length} keys whose hash starts with ${prefix}`);
    return { ...client, keys: client.keys.filter((key) => key !== revoked) };
  });
}

/** One line per key, with the first digits of its hash; one for a client without keys. */
export function describeKeys(clients: readonly StoredClient[], now: number): string[] {
  return clients.flatMap(({ name, keys, scopes }) => {
    const may = scopes ? scopes.join(',') || 'no scopes' : 'all scopes';
    if (keys.length === 0) return [`${name}  no key  ${may}`];
    return keys.map(({ sha256, expiresAt }) => {
      const isExpired = expiresAt !== undefined && Date.parse(expiresAt) <= now;
      const expiry =
        expiresAt === undefined ? 'no expiry' : `${isExpired ? 'expired' : 'expires'} ${expiresAt}`;
      return `${name}  ${sha256.slice(0, 12)}  ${may}  ${expiry}`;
    });
  });
}

function change(
  clients: readonly StoredClient[],
  name: string,
  edit: (client: StoredClient) => StoredClient,
): StoredClient[] {
  if (!clients.some((client) => client.name === name)) throw new KeysError(`there is no client ${name}`);
  return clients.map((client) => (client.name === name ? edit(client) : client));
}
