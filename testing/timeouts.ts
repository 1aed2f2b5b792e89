/**
 * How long tests wait before they fail. None of these is a promise of the gateway: a test asserts what must happen
 * sooner.
 */

/** Set by `npm test -- --slow`, for a machine that is busy with other work. */
const slowness = Number(process.env['TEST_SLOWNESS'] ?? 1);

/** For a single event. All other timeouts derive from it. */
export const patienceMs = 10_000 * slowness;

/** Keeps a gateway from shedding load because other processes keep the machine busy. */
export const unhurried = { MAX_EVENT_LOOP_DELAY_MS: '60000' };

/** For one test or its setup. */
export const testTimeoutMs = 6 * patienceMs;

/** For a test that does a lot of work. */
export const longTestTimeoutMs = 2 * testTimeoutMs;

/** A bound on elapsed time that a test asserts, milliseconds on an otherwise idle machine. */
export const atMost = (ms: number): number => ms * slowness;
