import type { Principal } from '../../graphql/context.js';
import type { RateLimiter } from '../../lib/rate-limiter.js';
import { rateLimited } from '../../swap/errors.js';
import type { Authenticator } from './authenticate.js';
import type { HostGuard } from './host-guard.js';
import type { LoadShedder, Work } from './load-shedder.js';

export interface Arrival {
  authorization: string | undefined;
  /** Value of the `Host` header. */
  host: string | undefined;
  /** Where it comes from. Asked for only when something is wrong. */
  address(): string;
  /** The kind of request; a function is called only if it matters. */
  work: Work | (() => Work);
}

/** The door that every GraphQL request goes through, on either transport. */
export interface Admission {
  /**
   * Who may come in. Counts as one request of the client.
   *
   * @throws FORBIDDEN, UNAUTHENTICATED, RATE_LIMITED, UNAVAILABLE; promises reject with the same
   */
  admit(arrival: Arrival): Principal | Promise<Principal>;
  /** A further request of someone who is in. @throws RATE_LIMITED, UNAVAILABLE */
  admitAgain(principal: Principal, work: Work): void;
}

export interface AdmissionOptions {
  shedLoad: LoadShedder;
  guardHost: HostGuard;
  authenticate: Authenticator;
  /** By client; undefined: as many requests as come. */
  rates: RateLimiter | undefined;
}

export function createAdmission({ shedLoad, guardHost, authenticate, rates }: AdmissionOptions): Admission {
  const count = (principal: Principal): Principal => {
    const waitMs = rates?.take(principal.client) ?? 0;
    if (waitMs > 0) throw rateLimited('Too many requests; the rate of this client is used up.', waitMs);
    return principal;
  };
  return {
    admit({ authorization, host, address, work }) {
      shedLoad(work);
      guardHost(host);
      const principal = authenticate(authorization, address);
      return principal instanceof Promise ? principal.then(count) : count(principal);
    },
    admitAgain(principal, work) {
      shedLoad(work);
      count(principal);
    },
  };
}
