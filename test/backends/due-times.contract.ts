import { describe, expect, test } from 'vitest';
import type { Backend } from '../../src/backends/backend.js';

export type DueParts = Pick<Backend, 'outbox' | 'latePolls' | 'archiveJobs' | 'dueNow'>;

export interface DueProcess extends DueParts {
  /** Sets the clock of its machine, and that only. @param ms ahead of the correct time; negative: behind it */
  setClock(ms: number): void;
  /** Ends it without a chance to write anything. */
  kill(): Promise<void>;
}

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
/** How long the test itself may take between two readings of a clock. */
const toleranceMs = 5000;
const delayMs = 30_000;

/** The entries of all three, by when they are due. */
async function entriesOf({ outbox, latePolls, archiveJobs, dueNow }: DueParts): Promise<number[]> {
  const times = await Promise.all([outbox.nextDueAt(), latePolls.nextDueAt(), archiveJobs.nextDueAt()]);
  return times.map((dueAt) => (dueAt ?? Number.NaN) - dueNow());
}

async function scheduleAll({ outbox, latePolls, archiveJobs, dueNow }: DueParts): Promise<void> {
  await Promise.all([
    outbox.add('a', dueNow() + delayMs),
    latePolls.add('a', dueNow() + delayMs),
    archiveJobs.add('a', dueNow() + delayMs),
  ]);
}

async function postponeAll({ outbox, latePolls, archiveJobs, dueNow }: DueParts): Promise<void> {
  await Promise.all([
    outbox.postpone({ swapId: 'a' }, 1, dueNow() + delayMs),
    latePolls.postpone('a', 1, dueNow() + delayMs),
    archiveJobs.postpone('a', 1, dueNow() + delayMs),
  ]);
}

const expectDue = (times: number[]): void => {
  for (const time of times) {
    expect(time).toBeLessThanOrEqual(delayMs + toleranceMs);
    expect(time).toBeGreaterThan(delayMs - toleranceMs);
  }
};

/**
 * Whatever a backend schedules is due when it was meant to be, although clocks are set and processes die.
 *
 * @param start starts another process on the same data
 */
export function describeDueTimes(
  name: string,
  open: () => Promise<{ start(clockMs?: number): Promise<DueProcess> }>,
): void {
  describe(`due times of ${name}`, () => {
    test.each([11 * minuteMs, 400 * dayMs, -11 * minuteMs, -400 * dayMs])(
      'survive a process whose clock was off by %s ms and that was killed',
      async (errorMs) => {
        const { start } = await open();
        const wrong = await start(errorMs);
        await scheduleAll(wrong);
        await postponeAll(wrong);
        await wrong.kill();
        const right = await start();
        const times = await entriesOf(right);
        for (const time of times) expect(time).toBeLessThanOrEqual(delayMs + toleranceMs);
        // Of a clock that was behind, all that is known is that the entries are due.
        if (errorMs > 0) expectDue(times);
      },
    );

    test.each([11 * minuteMs, 400 * dayMs])(
      'survive a clock that is set ahead by %s ms for a moment, and a kill after it',
      async (errorMs) => {
        const { start } = await open();
        const process = await start();
        process.setClock(errorMs);
        await scheduleAll(process);
        process.setClock(0);
        expectDue(await entriesOf(process));
        await process.kill();
        const next = await start();
        expectDue(await entriesOf(next));
      },
    );

    test('survive a clock that is set back before, while or after a process runs', async () => {
      const { start } = await open();
      const first = await start();
      await scheduleAll(first);
      first.setClock(-11 * minuteMs);
      expectDue(await entriesOf(first));
      await postponeAll(first);
      await first.kill();
      const second = await start(-22 * minuteMs);
      expectDue(await entriesOf(second));
      await second.kill();
      const third = await start(-400 * dayMs);
      expectDue(await entriesOf(third));
    });

    test('are moved once only, however often the process is killed afterwards', async () => {
      const { start } = await open();
      const wrong = await start(11 * minuteMs);
      await scheduleAll(wrong);
      await wrong.kill();
      for (let n = 0; n < 3; n += 1) {
        const next = await start();
        expectDue(await entriesOf(next));
        await next.kill();
      }
    });
  });
}
