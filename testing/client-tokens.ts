import { bearer } from './gateway-keys.js';
import type { GraphqlTestClient } from './graphql-client.js';

export const createTokenMutation = `mutation ($sub: String!, $ttlSeconds: Int, $scopes: [Scope!]) {
  createClientToken(sub: $sub, ttlSeconds: $ttlSeconds, scopes: $scopes) { token client scopes expiresAt } }`;

/** A client token that the client's key, `NAME-key`, creates; throws the gateway's errors. */
export async function createToken(
  { graphql }: Pick<GraphqlTestClient, 'graphql'>,
  client: string,
  sub: string,
  options: { ttlSeconds?: number; scopes?: readonly string[] } = {},
): Promise<string> {
  const { data, errors } = await graphql(createTokenMutation, { sub, ...options }, bearer(client));
  if (errors) throw new Error(JSON.stringify(errors));
  const created = data?.['createClientToken'] as { token: string } | undefined;
  return String(created?.token);
}

export const withToken = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
