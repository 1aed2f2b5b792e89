import { randomUUID } from 'node:crypto';
import type { LabeledCounter } from './counter.js';

interface FaultLog {
  error(fields: object, message: string): void;
}

/**
 * Reports unexpected errors that were contained where they occurred, instead of ending the process.
 *
 * @param count called with `where`
 */
export function createFaultReporter(
  log: FaultLog,
  count: LabeledCounter,
): (where: string, error: unknown, fields?: object) => void {
  return (where, error, fields) => {
    try {
      count(where);
      log.error(
        { ...fields, faultId: randomUUID(), where, err: error },
        'contained an internal fault; the process continues',
      );
    } catch {
      // An error that cannot be logged, such as one with a throwing getter, has been counted.
    }
  };
}
