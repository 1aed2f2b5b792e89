/** While a process does not run. Epoch milliseconds. */
export interface Stop {
  readonly from: number;
  readonly until: number;
}

/** What was done to the sense of time of a gateway that stores in a file of its own. */
export interface TimeTroubles {
  /** When its clock was set: ahead, back, right, and so on from the start of each process. Epoch milliseconds. */
  readonly clockSteps: readonly number[];
  readonly stops: readonly Stop[];
}

export const noTimeTroubles: TimeTroubles = { clockSteps: [], stops: [] };

export const clockErrorMs = 11 * 60_000;
const settingsOfClock = 3;
/** A process that was stopped between its mark and its POST sends it within this time, milliseconds. */
const sentAfterStopMs = 1000;

/** When what came at this moment could be read: then, or when the stop was over. */
export function readableAt(at: number, stops: readonly Stop[]): number {
  return stops.find(({ from, until }) => at >= from && at <= until)?.until ?? at;
}

/**
 * Whether the gateway could not know how old a submission was: its process was stopped just before the POST, or a process
 * with a wrong clock was killed, and the next one had nothing but the times that were stored.
 */
export function isAgeUnknown(
  acceptedAt: number,
  { clockSteps, stops }: TimeTroubles,
  deaths: readonly number[],
): boolean {
  if (stops.some(({ from, until }) => acceptedAt >= from && acceptedAt <= until + sentAfterStopMs))
    return true;
  const inOrder = deaths.toSorted((a, b) => a - b);
  return inOrder.some((death, index) => {
    const bornAt = inOrder[index - 1] ?? 0;
    const steps = clockSteps.filter((at) => at > bornAt && at <= death).length;
    return death >= acceptedAt && steps % settingsOfClock !== 0;
  });
}

/**
 * The time that a gateway's clock should have shown, by which its time falls into the run.
 *
 * @param time ISO 8601
 */
export function correctTime(time: string, run: { from: number; until: number }): string {
  const shown = Date.parse(time);
  const middle = (run.from + run.until) / 2;
  const errors = Math.round((shown - middle) / clockErrorMs);
  return errors === 0 ? time : new Date(shown - errors * clockErrorMs).toISOString();
}
