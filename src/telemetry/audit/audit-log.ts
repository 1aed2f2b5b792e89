import type { Clock } from '../../lib/clock.js';
import type { AuditEntry, AuditLog } from '../../swap/audit-log.js';
import type { SwapLog } from '../../swap/ports.js';
import type { AuditSink } from './audit-sink.js';
import { createRefusedLogins } from './refused-logins.js';

/** The audit log of a running gateway. */
export interface OpenAuditLog {
  audit: AuditLog;
  reopen(): void;
  /** Lines lost so far. */
  lost(): number;
  close(): Promise<void>;
}

export interface AuditLogOptions {
  sink: AuditSink;
  clock: Pick<Clock, 'now' | 'sleep'>;
  log: SwapLog;
  /** Whether entries have the addresses of clients. */
  withAddresses: boolean;
}

export function createAuditLog({ sink, clock, log, withAddresses }: AuditLogOptions): OpenAuditLog {
  let failed = 0;
  const fail = (error: unknown): void => {
    failed += 1;
    log.error({ err: error }, 'failed to record an audit entry');
  };
  const write = ({ event, ...others }: AuditEntry): void => {
    if (!withAddresses) delete (others as { address?: string }).address;
    sink.write({ time: new Date(clock.now()).toISOString(), event, ...others });
  };
  const refused = createRefusedLogins(write, clock, fail);
  return {
    audit(entry) {
      try {
        if (entry.event === 'login.refused') refused.add(entry);
        else write(entry);
      } catch (error) {
        fail(error);
      }
    },
    reopen: sink.reopen,
    lost: () => failed + sink.lost(),
    async close() {
      await refused.close();
      await sink.close();
    },
  };
}
