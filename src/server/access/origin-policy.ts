import { isLoopbackHost } from '../../lib/public-url.js';
import { createRateLimiter } from '../../lib/rate-limiter.js';
import type { SwapLog } from '../../swap/ports.js';

/** Which web pages may call the gateway, by their origin. */
export interface OriginPolicy {
  /** Whether pages of the origin may read responses, in addition to the gateway's own pages. */
  allows(origin: string): boolean;
  /**
   * Whether a request from a page of the origin is accepted: an allowed one, or one that the gateway itself served under the host
   * name that the request was sent to. Logs a refusal.
   */
  accepts(origin: string, host: string | undefined): boolean;
}

export interface OriginPolicyOptions {
  /** ALLOWED_ORIGINS. */
  allowed: readonly string[];
  /** Whether any page that this machine serves may call the gateway. */
  acceptsLoopback: boolean;
  log: SwapLog;
}

/** A page that is refused usually tries again, so that one line a minute for each origin is enough. */
const lineRate = { perSecond: 1 / 60, burst: 1 };
/** Of all origins together: anyone can send any. */
const totalLineRate = { perSecond: 1, burst: 30 };
const maxOrigins = 100;
const maxLoggedLength = 200;

export function createOriginPolicy({ allowed, acceptsLoopback, log }: OriginPolicyOptions): OriginPolicy {
  const lines = createRateLimiter(lineRate, maxOrigins);
  const allLines = createRateLimiter(totalLineRate, 1);
  const allows = (origin: string): boolean =>
    allowed.includes(origin) || (acceptsLoopback && isLoopbackOrigin(origin));
  return {
    allows,
    accepts(origin, host) {
      if (allows(origin) || (host !== undefined && hostOf(origin) === host.toLowerCase())) return true;
      if (lines.take(origin) === 0 && allLines.take('') === 0)
        log.warn(
          { origin: origin.slice(0, maxLoggedLength) },
          'refused a request from a page of another origin; to allow its pages, add the origin to ALLOWED_ORIGINS',
        );
      return false;
    },
  };
}

/** Undefined for what is not the origin of a web page, such as `null` of sandboxed frames and files. */
function hostOf(origin: string): string | undefined {
  if (!URL.canParse(origin)) return undefined;
  const { protocol, host } = new URL(origin);
  return isWeb(protocol) ? host : undefined;
}

/** Browsers resolve `localhost` and the names below it to this machine. */
function isLoopbackOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return isWeb(protocol) && (isLoopbackHost(hostname) || hostname.endsWith('.localhost'));
}

const isWeb = (protocol: string): boolean => protocol === 'http:' || protocol === 'https:';
