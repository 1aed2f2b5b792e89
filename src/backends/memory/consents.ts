import type { Clock } from '../../lib/clock.js';
import type { ConsentEvidence, ConsentLog } from '../../swap/consent.js';

/** Evidence of consent in this process's memory: for tests, and as the shortest example of the port. */
export function createMemoryConsents(clock: Pick<Clock, 'now'>): ConsentLog {
  const all = new Map<string, ConsentEvidence & { sequence: number }>();
  let sequence = 0;

  function removeExpired(): void {
    for (const [id, { expiresAt }] of all) if (expiresAt <= clock.now()) all.delete(id);
  }
  const without = ({ sequence: _, ...evidence }: ConsentEvidence & { sequence: number }): ConsentEvidence =>
    evidence;

  return {
    async add(evidence) {
      removeExpired();
      sequence += 1;
      if (!all.has(evidence.swapId)) all.set(evidence.swapId, { ...evidence, sequence });
    },
    async get(swapId) {
      removeExpired();
      const found = all.get(swapId);
      return found && without(found);
    },
    async page(first, after = 0) {
      removeExpired();
      const rows = [...all.values()].filter((row) => row.sequence > after).slice(0, first);
      return { evidence: rows.map(without), next: rows.length < first ? undefined : rows.at(-1)?.sequence };
    },
  };
}
