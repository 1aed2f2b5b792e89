import { z } from 'zod';
import { badUserInput } from '../../swap/errors.js';

/** ISO 8601, or null. @param ms milliseconds since the epoch */
export const isoTime = (ms: number | undefined): string | null =>
  ms === undefined || !Number.isFinite(ms) ? null : new Date(ms).toISOString();

const first = z.coerce.number().int().min(1).max(1000).default(100);

/** The parameter `first` of a list. @throws BAD_USER_INPUT */
export function listLimit(query: Readonly<Record<string, string>>): number {
  const read = first.safeParse(query['first']);
  if (!read.success) throw badUserInput([{ path: 'first', message: 'must be between 1 and 1000' }]);
  return read.data;
}
