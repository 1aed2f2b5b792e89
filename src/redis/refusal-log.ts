import { ErrorReply } from '@redis/client';
import type { SwapLog } from '../swap/ports.js';

const repeatAfterMs = 10_000;
/** Of messages that are remembered. */
const maxKinds = 100;

/**
 * Logs what Redis has against a command, such as WRONGTYPE, OOM or NOPERM: clients are told UNAVAILABLE and nothing else. Each
 * kind of it once in ten seconds, with how often it came since. Lost connections are logged elsewhere.
 */
export function createRefusalLog(log: SwapLog): (error: unknown) => void {
  const kinds = new Map<string, { loggedAt: number; since: number }>();
  return (error) => {
    if (!(error instanceof ErrorReply) || error.message.startsWith('NOSCRIPT')) return;
    // What follows may name keys, with ids that are different each time.
    const name = error.message.slice(0, 40);
    const kind = kinds.get(name) ?? { loggedAt: Number.NEGATIVE_INFINITY, since: 0 };
    if (kinds.size < maxKinds) kinds.set(name, kind);
    const now = performance.now();
    if (now - kind.loggedAt < repeatAfterMs) {
      kind.since += 1;
      return;
    }
    log.error(
      { reason: error.message, ...(kind.since > 0 && { alsoSince: kind.since }) },
      'Redis refused a command',
    );
    kind.loggedAt = now;
    kind.since = 0;
  };
}
