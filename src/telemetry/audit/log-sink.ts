import type { Logger } from 'pino';
import type { AuditSink } from './audit-sink.js';

/**
 * Writes the audit log to standard output, between the lines of the log, with `msg` set to `audit`. LOG_LEVEL does not suppress
 * it. Lines that standard output does not take in time are lost and counted like other log lines.
 */
export function createLogSink(log: Pick<Logger, 'child'>): AuditSink {
  const always = log.child({}, { level: 'info' });
  return {
    write(fields) {
      const { time: _ownTime, ...others } = fields as Record<string, unknown>;
      always.info(others, 'audit');
    },
    reopen: () => undefined,
    lost: () => 0,
    close: async () => undefined,
  };
}
