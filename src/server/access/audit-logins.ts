import { hash } from 'node:crypto';
import type { Principal } from '../../graphql/context.js';
import type { AuditEntry, AuditLog } from '../../swap/audit-log.js';
import { GatewayError } from '../../swap/errors.js';
import type { Authenticator } from './authenticate.js';

type Service = Extract<AuditEntry, { event: 'login.refused' }>['service'];

/** Records a refused login. Other errors, such as UNAVAILABLE, say nothing about who the caller is. */
export function auditRefusal(
  audit: AuditLog,
  service: Service,
  error: unknown,
  address: () => string,
  requestId: string,
): void {
  if (!(error instanceof GatewayError)) return;
  const { code: reason } = error;
  if (reason === 'UNAUTHENTICATED' || reason === 'RATE_LIMITED')
    audit({ event: 'login.refused', service, reason, requestId, address: address() });
}

/**
 * Records refused logins, and the first use of each key in the life of this process. JWTs are short-lived: their issuer records
 * them.
 */
export function auditLogins(authenticate: Authenticator, audit: AuditLog): Authenticator {
  /** Every request passes here: the key of a principal that is known is not hashed again. A key has a principal of its own. */
  const known = new WeakSet<Principal>();
  const usedKeys = new Set<string>();

  function noteUse(
    principal: Principal,
    authorization: string | undefined,
    address: () => string,
    requestId: string,
  ): Principal {
    if (known.has(principal)) return principal;
    known.add(principal);
    const [, key] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    if (key === undefined || !isKey(principal)) return principal;
    const keyHash = hash('sha256', key, 'hex').slice(0, 12);
    if (usedKeys.has(keyHash)) return principal;
    usedKeys.add(keyHash);
    audit({ event: 'key.used', client: principal.client, keyHash, requestId, address: address() });
    return principal;
  }

  return (authorization, address, requestId) => {
    const refused = (error: unknown): never => {
      auditRefusal(audit, 'api', error, address, requestId);
      throw error;
    };
    let principal: Principal | Promise<Principal>;
    try {
      principal = authenticate(authorization, address, requestId);
    } catch (error) {
      return refused(error);
    }
    if (principal instanceof Promise)
      return principal.then((admitted) => noteUse(admitted, authorization, address, requestId), refused);
    return known.has(principal) ? principal : noteUse(principal, authorization, address, requestId);
  };
}

/** Names of keys contain no colon. */
const isKey = ({ client }: Principal): boolean => !client.includes(':');
