import type { ChanceFault } from './chance-faults.js';
import type { FaultDraw } from './fault-draw.js';
import type { Answer } from './wire-bodies.js';

const strangeBodies: readonly unknown[] = [
  { detail: 'Not Found' },
  [],
  'ok',
  { error: { code: 'TASK_NOT_READY' } },
  { status: 'unknown_state_7' },
];
/** Observed on the fetch endpoint for generations that later succeeded. */
export const genericMessages: readonly string[] = [
  'Request not found',
  'Try Again',
  'cURL error 28: Operation timed out after 30001 milliseconds with 0 bytes received (see https://curl.haxx.se/libcurl/c/libcurl-errors.html)',
  'Server Error',
  '',
];

const pick = <T>(draw: FaultDraw, values: readonly T[], fallback: T): T =>
  values[Math.floor(draw.fraction('trouble') * values.length)] ?? fallback;

/** Responses that say nothing about a generation. The first one drawn for a job applies. */
const troubles: readonly { name: ChanceFault; answer(draw: FaultDraw): Answer }[] = [
  {
    name: 'fetchRefused',
    answer: (draw) => ({
      status: pick(draw, [400, 403, 404, 409, 422, 429], 404),
      body: { status: 'error', message: 'Request not found' },
    }),
  },
  { name: 'fetchBlank', answer: () => ({ status: 200, body: {} }) },
  { name: 'fetchNull', answer: () => ({ status: 200, body: null }) },
  { name: 'fetchStrange', answer: (draw) => ({ status: 200, body: pick(draw, strangeBodies, {}) }) },
  {
    name: 'fetchGenericError',
    answer: (draw) => ({
      status: draw.fraction('troubleStatus') < 0.8 ? 200 : 500,
      body: { status: 'error', message: pick(draw, genericMessages, '') },
    }),
  },
];

/**
 * The response to a fetch while its job is in trouble; undefined otherwise.
 * @param ageMs age of the job
 * @param jobDraw decides whether there is trouble, the same for every fetch of one job
 */
export function fetchTrouble(ageMs: number, jobDraw: FaultDraw, draw: FaultDraw): Answer | undefined {
  if (ageMs >= jobDraw.within('fetchTroubleMs')) return undefined;
  return troubles.find(({ name }) => jobDraw.happens(name))?.answer(draw);
}
