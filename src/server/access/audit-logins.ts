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
  /** Every request passes here, so known principals are found without hashing the key again. */
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
    const admitted = (principal: Principal): Principal =>
      noteUse(principal, authorization, address, requestId);
    const refused = (error: unknown): never => {
      auditRefusal(audit, 'api', error, address, requestId);
      throw error;
    };
    try {
      const principal = authenticate(authorization, address, requestId);
      return principal instanceof Promise ? principal.then(admitted, refused) : admitted(principal);
    } catch (error) {
      return refused(error);
    }
  };
}

/** Names of keys contain no colon. */
const isKey = ({ client }: Principal): boolean => !client.includes(':');
