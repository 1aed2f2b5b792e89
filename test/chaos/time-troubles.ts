/** A period in which a process was stopped. Epoch milliseconds. */
export interface Stop {
  readonly from: number;
  readonly until: number;
}

/** Disruptions of the sense of time of a gateway with its own file. */
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

/** When data that arrived at this moment could be read: at once, or when the stop was over. */
export function readableAt(at: number, stops: readonly Stop[]): number {
  return stops.find(({ from, until }) => at >= from && at <= until)?.until ?? at;
}

/**
 * Whether the gateway could not know the age of a submission: its process was stopped just before the POST, or a
 * process with a wrong clock was killed, and the next one had only the stored times.
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
 * The correct time for a time shown by a gateway's clock, chosen so that it falls within the run.
 *
 * @param time ISO 8601
 */
export function correctTime(time: string, run: { from: number; until: number }): string {
  const shown = Date.parse(time);
  const middle = (run.from + run.until) / 2;
  const errors = Math.round((shown - middle) / clockErrorMs);
  return errors === 0 ? time : new Date(shown - errors * clockErrorMs).toISOString();
}
