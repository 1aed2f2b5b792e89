import { GatewayError } from './errors.js';

/** What a client may do: request swaps, read its own, cancel them, erase them, upload pictures. */
export const scopes = ['swap', 'read', 'cancel', 'erase', 'upload'] as const;
export type Scope = (typeof scopes)[number];

export const allScopes: ReadonlySet<Scope> = new Set(scopes);

/** The authenticated client of a request. */
export interface Principal {
  /**
   * Owner of the swaps it requests: the name of the API key, `jwt:` and the subject of a JWT, or `token:`, the name of the key that
   * created the client token, a colon and the token's subject. Subjects are URL-encoded and key names contain no colon, so no two
   * clients collide.
   */
  client: string;
  /** `local`: the only client of a gateway without keys. `token`: a client token. */
  kind: 'local' | 'key' | 'jwt' | 'token';
  scopes: ReadonlySet<Scope>;
  /** Of a client token: the client that created it, on which quotas and rates count as well. */
  parent?: string;
  /** Of an API key, and of a client token that it created: SHA-256 of the key, in hexadecimal. */
  key?: string;
  /** When the credential expires, ms since the epoch; sockets are closed then. */
  expiresAt?: number;
}

/** The name of the client whose key created the token; undefined unless the client is that of a client token. */
export function parentOf(client: string): string | undefined {
  if (!client.startsWith('token:')) return undefined;
  return client.slice('token:'.length, client.indexOf(':', 'token:'.length));
}

/** The client whose limits and turns apply: the parent of a client token, otherwise the client itself. */
export const accountOf = (client: string): string => parentOf(client) ?? client;

/** The clients on which a request counts: the client itself and, for a client token, its parent. */
export function accountsOf(client: string): readonly string[] {
  const parent = parentOf(client);
  return parent === undefined ? [client] : [client, parent];
}

/** @throws FORBIDDEN */
export function requireScope({ scopes }: Principal, scope: Scope): void {
  if (!scopes.has(scope))
    throw new GatewayError('FORBIDDEN', `This key or token does not have the scope "${scope}".`);
}
