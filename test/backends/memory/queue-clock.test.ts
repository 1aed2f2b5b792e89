import { expect, onTestFinished, test } from 'vitest';
import { createMemoryQueue } from '../../../src/backends/memory/queue.js';
import type { Clock } from '../../../src/lib/clock.js';
import type { RunOutcome } from '../../../src/swap/ports.js';
import { captureLog } from '../../../testing/capture-log.js';
import { createManualClock } from '../../../testing/manual-clock.js';
import { unexpected } from '../../../testing/unexpected.js';

const hourMs = 3_600_000;

test.each([-24 * hourMs, -hourMs, hourMs, 24 * hourMs])(
  'a pause lasts as long as it should, although the wall clock steps by %i ms',
  async (step) => {
    const clock = createManualClock();
    const queue = createMemoryQueue({
      clock,
      log: captureLog().log,
      report: unexpected,
      slots: 1,
      maxWaiting: 10,
      maxWaitingPerClient: 10,
    });
    onTestFinished(async () => {
      await Promise.all([queue.close(), clock.advance(10_000)]);
    });
    const outcomes: RunOutcome[] = [
      { kind: 'requeue', afterMs: 30_000, pauses: 'account' },
      { kind: 'finished' },
    ];
    let runs = 0;
    queue.start({
      run: async () => outcomes[runs++] ?? { kind: 'finished' },
      expire: async () => undefined,
    });
    const reservation = await queue.reserve('ann');
    await reservation.fill({ id: 'a', client: 'ann', expiresAt: clock.now() + 1000 * hourMs });
    await clock.advance(1000);
    clock.step(step);
    await clock.advance(28_000);
    expect(runs).toBe(1);
    await clock.advance(2000);
    expect(runs).toBe(2);
  },
);

test('a pause that ends while the queue looks at it does not stop the queue', async () => {
  for (let early = 0; early < 3; early += 0.1) {
    const base = createManualClock();
    let reads = 0;
    const clock: Clock = {
      now: base.now,
      // Time passes between two reads, and a timer fires a little early.
      monotonic: () => base.monotonic() + 0.1 * reads++,
      sleep: (ms, signal) => base.sleep(Math.max(ms - early, 0), signal),
    };
    const queue = createMemoryQueue({
      clock,
      log: captureLog().log,
      report: unexpected,
      slots: 1,
      maxWaiting: 10,
      maxWaitingPerClient: 10,
    });
    const outcomes: RunOutcome[] = [{ kind: 'requeue', afterMs: 50, pauses: 'account' }];
    let runs = 0;
    queue.start({
      run: async () => outcomes[runs++] ?? { kind: 'finished' },
      expire: async () => undefined,
    });
    const reservation = await queue.reserve('ann');
    await reservation.fill({ id: 'a', client: 'ann', expiresAt: clock.now() + hourMs });
    await base.advance(200, 3);
    expect([early, runs]).toEqual([early, 2]);
    await Promise.all([queue.close(), base.advance(10_000, 3)]);
  }
});
