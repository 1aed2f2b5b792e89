import { badUserInput, type FieldProblem, GatewayError } from './errors.js';
import { type Principal, requireScope, type Scope } from './principal.js';
import { isUsableSubject, maxSubjectLength } from './subject.js';

/** What a client token is for, validated. */
export interface ClientTokenGrant {
  /** The client whose key creates the token. */
  parent: string;
  /** SHA-256 of that key, in hexadecimal. */
  key: string;
  /** Whom the token is for, in the parent's own terms. */
  sub: string;
  scopes: readonly Scope[];
  /** Milliseconds; the token expires earlier if the key does. */
  ttlMs: number;
}

export interface ClientToken {
  token: string;
  /** The client that the token authenticates. */
  client: string;
  scopes: readonly Scope[];
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Signs client tokens. */
export interface ClientTokenIssuer {
  issue(grant: ClientTokenGrant): Promise<ClientToken>;
}

export interface ClientTokenRequest {
  sub: string;
  ttlSeconds?: number | null | undefined;
  scopes?: readonly Scope[] | null | undefined;
}

const defaultTtlSeconds = 600;
const maxTtlSeconds = 3600;

/** The client that a client token authenticates. */
export const tokenClient = (parent: string, sub: string): string =>
  `token:${parent}:${encodeURIComponent(sub)}`;

/**
 * @param issuer undefined: the gateway has no secret for client tokens
 * @throws FORBIDDEN unless the principal is an API key with the wanted scopes, and if there is no issuer; BAD_USER_INPUT
 */
export async function createClientToken(
  issuer: ClientTokenIssuer | undefined,
  principal: Principal,
  request: ClientTokenRequest,
): Promise<ClientToken> {
  const { client, kind, key } = principal;
  if (kind !== 'key' || key === undefined)
    throw new GatewayError('FORBIDDEN', 'Only API keys can create client tokens.');
  if (!issuer)
    throw new GatewayError(
      'FORBIDDEN',
      'This gateway creates no client tokens: CLIENT_TOKEN_SECRET is not set.',
    );
  const ttlSeconds = request.ttlSeconds ?? defaultTtlSeconds;
  const problems = findProblems(request.sub, ttlSeconds);
  if (problems.length > 0) throw badUserInput(problems);
  const scopes = [...new Set(request.scopes ?? principal.scopes)];
  for (const scope of scopes) requireScope(principal, scope);
  return issuer.issue({ parent: client, key, sub: request.sub, scopes, ttlMs: ttlSeconds * 1000 });
}

function findProblems(sub: string, ttlSeconds: number): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!isUsableSubject(sub))
    problems.push({
      path: 'sub',
      message: `must be well-formed text of 1 to ${maxSubjectLength} characters`,
    });
  if (!(ttlSeconds >= 1 && ttlSeconds <= maxTtlSeconds))
    problems.push({ path: 'ttlSeconds', message: `must be between 1 and ${maxTtlSeconds}` });
  return problems;
}
