import type { UpstreamReport } from '../ports.js';
import type { Swap } from '../swap.js';

/** The ids in a report, if any. */
export function idsOf(report: UpstreamReport): { modelsLabId?: string; trackId?: string } {
  return report.kind === 'unintelligible' ? {} : report;
}

/**
 * Whether a report is about another generation, possibly another client's, whose picture no one else may see. An id that is
 * unknown on either side does not count as a mismatch.
 *
 * @param modelsLabId of the swap, if known
 */
export function namesAnother(
  swap: Pick<Swap, 'request'>,
  modelsLabId: string | undefined,
  report: UpstreamReport,
): boolean {
  const named = idsOf(report);
  const isOtherId =
    named.modelsLabId !== undefined && modelsLabId !== undefined && named.modelsLabId !== modelsLabId;
  return isOtherId || namesAnotherTrack(swap, report);
}

/** `track_id` is compared as text: ModelsLab gives it as a number or as a string. */
export function namesAnotherTrack({ request }: Pick<Swap, 'request'>, report: UpstreamReport): boolean {
  const { trackId } = idsOf(report);
  return trackId !== undefined && request.trackId !== undefined && trackId !== String(request.trackId);
}

/** ModelsLab sometimes reports success before there is a picture. */
export function isWithoutPicture(report: UpstreamReport): boolean {
  return report.kind === 'succeeded' && report.result.output.length === 0;
}
