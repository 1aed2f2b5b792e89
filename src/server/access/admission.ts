import type { RateLimiter } from '../../lib/rate-limiter.js';
import { rateLimited } from '../../swap/errors.js';
import type { Principal } from '../../swap/principal.js';
import type { Authenticator } from './authenticate.js';
import type { HostGuard } from './host-guard.js';
import type { LoadShedder, Work } from './load-shedder.js';

export interface Arrival {
  authorization: string | undefined;
  /** Value of the `Host` header. */
  host: string | undefined;
  /** The client address. Called only when needed, since most requests are admitted without it. */
  address(): string;
  /** For the audit log. */
  requestId: string;
  /** The kind of request. A function is called only under load. */
  work: Work | (() => Work);
}

/** Load shedding, host check, authentication and rate limiting for GraphQL requests, on both transports. */
export interface Admission {
  /**
   * Authenticates the client and counts one request against its rate limit.
   *
   * @throws FORBIDDEN, UNAUTHENTICATED, RATE_LIMITED, UNAVAILABLE; a returned promise rejects with these
   */
  admit(arrival: Arrival): Principal | Promise<Principal>;
  /** Admits a further request of an authenticated client. @throws RATE_LIMITED, UNAVAILABLE */
  admitAgain(principal: Principal, work: Work): void;
  /** See `Authenticator`. @throws UNAUTHENTICATED, UNAVAILABLE */
  recheck: Authenticator['recheck'];
}

export interface AdmissionOptions {
  shedLoad: LoadShedder;
  guardHost: HostGuard;
  authenticator: Authenticator;
  /** Per client, and a client token's parent; undefined: no limit. */
  rates: RateLimiter | undefined;
}

export function createAdmission({ shedLoad, guardHost, authenticator, rates }: AdmissionOptions): Admission {
  const count = (principal: Principal): Principal => {
    const { client, parent } = principal;
    // A token over its own limit takes nothing from its parent.
    const ownWaitMs = rates?.take(client) ?? 0;
    const waitMs = ownWaitMs === 0 && parent !== undefined ? (rates?.take(parent) ?? 0) : ownWaitMs;
    if (waitMs > 0)
      throw rateLimited('Too many requests; the rate limit of this client is exceeded.', waitMs);
    return principal;
  };
  return {
    admit({ authorization, host, address, requestId, work }) {
      shedLoad(work);
      guardHost(host);
      const principal = authenticator.authenticate(authorization, address, requestId);
      return principal instanceof Promise ? principal.then(count) : count(principal);
    },
    admitAgain(principal, work) {
      shedLoad(work);
      count(principal);
    },
    recheck: authenticator.recheck,
  };
}
