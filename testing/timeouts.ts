/**
 * How long tests wait before they give up. None of these is a promise of the gateway: what must happen sooner says so in
 * its test.
 */

/** `npm test -- --slow` sets it, for a machine that is busy with other work. */
const slowness = Number(process.env['TEST_SLOWNESS'] ?? 1);

/** For one thing to happen. Every other timeout derives from it. */
export const patienceMs = 10_000 * slowness;

/** Keeps a gateway from shedding load because other processes keep the machine busy. */
export const unhurried = { MAX_EVENT_LOOP_DELAY_MS: '60000' };

/** For a test, or its setup. */
export const testTimeoutMs = 6 * patienceMs;

/** For a test that does a lot of work. */
export const longTestTimeoutMs = 2 * testTimeoutMs;

/** A bound on elapsed time that a test asserts, milliseconds on a machine that does nothing else. */
export const atMost = (ms: number): number => ms * slowness;
