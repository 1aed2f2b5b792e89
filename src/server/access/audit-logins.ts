import type { AuditEntry, AuditLog } from '../../swap/audit-log.js';
import { GatewayError } from '../../swap/errors.js';
import type { Principal } from '../../swap/principal.js';
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
 * them; client tokens have an entry when they are created.
 */
export function auditLogins(authenticator: Authenticator, audit: AuditLog): Authenticator {
  const usedKeys = new Set<string>();

  function noteUse(principal: Principal, address: () => string, requestId: string): Principal {
    const { client, kind, key } = principal;
    // A client token has the key that created it.
    if (kind !== 'key' || key === undefined || usedKeys.has(key)) return principal;
    usedKeys.add(key);
    audit({ event: 'key.used', client, keyHash: key.slice(0, 12), requestId, address: address() });
    return principal;
  }

  return {
    authenticate(authorization, address, requestId) {
      const refused = (error: unknown): never => {
        auditRefusal(audit, 'api', error, address, requestId);
        throw error;
      };
      try {
        const principal = authenticator.authenticate(authorization, address, requestId);
        if (principal instanceof Promise)
          return principal.then((admitted) => noteUse(admitted, address, requestId), refused);
        return noteUse(principal, address, requestId);
      } catch (error) {
        return refused(error);
      }
    },
    recheck: authenticator.recheck,
  };
}
