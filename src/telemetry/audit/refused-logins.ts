import type { Clock } from '../../lib/clock.js';
import { repeat } from '../../lib/repeat.js';
import type { AuditEntry } from '../../swap/audit-log.js';

type LoginRefused = Extract<AuditEntry, { event: 'login.refused' }>;

export interface RefusedLogins {
  add(entry: LoginRefused): void;
  /** Writes the counts of the current minute. */
  close(): Promise<void>;
}

const windowMs = 60_000;
/** Addresses counted separately in a minute. */
const maxAddresses = 1000;

/**
 * Limits the entries of refused logins: the first one of an address in a minute is written at once, and one more at the end of
 * the minute has the number of the others. Beyond a thousand addresses, all others are counted together.
 */
export function createRefusedLogins(
  write: (entry: LoginRefused) => void,
  clock: Pick<Clock, 'sleep'>,
  onError: (error: unknown) => void,
): RefusedLogins {
  const life = new AbortController();
  const counts = new Map<string, { last: LoginRefused; suppressed: number }>();

  function flush(): void {
    for (const { last, suppressed } of counts.values()) if (suppressed > 0) write({ ...last, suppressed });
    counts.clear();
  }

  const flushing = repeat(
    async () => {
      flush();
      return windowMs;
    },
    { clock, signal: life.signal, startAfterMs: windowMs, retryMs: windowMs, onError },
  );

  return {
    add(entry) {
      const own = `${entry.service} ${entry.address}`;
      const isCounted = counts.has(own) || counts.size < maxAddresses;
      const { address: _address, ...anonymous } = entry;
      const [key, last] = isCounted ? [own, entry] : ['', anonymous];
      const count = counts.get(key);
      if (count) {
        count.last = last;
        count.suppressed += 1;
        return;
      }
      // The others share one entry, which is only a count.
      counts.set(key, { last, suppressed: isCounted ? 0 : 1 });
      if (isCounted) write(entry);
    },
    async close() {
      life.abort();
      await flushing.done;
      flush();
    },
  };
}
