/** Where an unexpected error was contained. Few, since they are values of a metric's label. */
export type FaultPlace =
  | 'request'
  | 'socket'
  | 'upgrade'
  | 'listener'
  | 'timer'
  | 'queue'
  | 'events'
  | 'watch'
  | 'compiler';

/** Every place, so that each counter begins at 0. */
export const faultPlaces: readonly FaultPlace[] = [
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
 * Takes an error that nobody expected and that was contained: logs it under an id and counts it. Never throws.
 *
 * @param fields what else the log line says, such as whose request it was
 */
export type FaultReporter = (where: FaultPlace, error: unknown, fields?: object) => void;

/**
 * Runs a callback of a socket, stream, timer or emitter, whose errors would end the process: whatever it throws, or its
 * promise rejects with, is reported instead.
 *
 * @param recover called after a fault, to close what it happened to. May throw; that is reported, too
 */
export function contain(
  report: FaultReporter,
  where: FaultPlace,
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
