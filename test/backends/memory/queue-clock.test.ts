import { expect, onTestFinished, test } from 'vitest';
import { createMemoryQueue } from '../../../src/backends/memory/queue.js';
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
