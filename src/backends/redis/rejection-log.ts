import { ErrorReply } from '@redis/client';
import { LRUCache } from 'lru-cache';
import type { SwapLog } from '../../swap/ports.js';

const repeatAfterMs = 10_000;
/** Limit on remembered messages. */
const maxKinds = 100;

/**
 * Logs error replies of Redis, such as WRONGTYPE, OOM or NOPERM; clients get only UNAVAILABLE. At most one line per kind in ten
 * seconds; suppressed ones are counted. Lost connections are logged elsewhere.
 */
export function createRejectionLog(log: SwapLog): (error: unknown) => void {
  const kinds = new LRUCache<string, { loggedAt: number; suppressed: number }>({ max: maxKinds });
  return (error) => {
    if (!(error instanceof ErrorReply) || error.message.startsWith('NOSCRIPT')) return;
    // The rest may contain keys with varying ids.
    const name = error.message.slice(0, 40);
    const kind = kinds.get(name) ?? { loggedAt: Number.NEGATIVE_INFINITY, suppressed: 0 };
    kinds.set(name, kind);
    const now = performance.now();
    if (now - kind.loggedAt < repeatAfterMs) {
      kind.suppressed += 1;
      return;
    }
    log.error(
      { reason: error.message, ...(kind.suppressed > 0 && { suppressed: kind.suppressed }) },
      'Redis rejected a command',
    );
    kind.loggedAt = now;
    kind.suppressed = 0;
  };
}
