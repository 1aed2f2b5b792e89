/** Where an unexpected error was contained. Values of a metric label, so there are few. */
export type FaultSource =
  | 'request'
  | 'socket'
  | 'upgrade'
  | 'listener'
  | 'timer'
  | 'queue'
  | 'events'
  | 'watch'
  | 'compiler';

/** All sources, so that every counter starts at 0. */
export const faultSources: readonly FaultSource[] = [
  'request',
  'socket',
  'upgrade',
  'listener',
  'timer',
  'queue',
  'events',
  'watch',
  'compiler',
];

/**
 * Reports an unexpected, contained error: logs it with an id and counts it. Never throws.
 *
 * @param fields additional fields of the log line, such as the request id
 */
export type FaultReporter = (where: FaultSource, error: unknown, fields?: object) => void;

/**
 * Error boundary for a callback of a socket, stream, timer or emitter, whose errors would end the process: an exception or a
 * rejected promise is reported instead.
 *
 * @param recover called after a fault to close the affected resource. If it throws, that is reported too
 */
export function contain(
  report: FaultReporter,
  where: FaultSource,
  work: () => unknown,
  recover?: () => void,
): void {
  const fail = (error: unknown): void => {
    report(where, error);
    try {
      recover?.();
    } catch (another) {
      report(where, another);
    }
  };
  try {
    const outcome = work();
    if (outcome instanceof Promise) outcome.catch(fail);
  } catch (error) {
    fail(error);
  }
}
