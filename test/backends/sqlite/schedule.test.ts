import { expect, onTestFinished, test } from 'vitest';
import { openSqliteDatabase } from '../../../src/backends/sqlite/database.js';
import { createSqliteSchedule } from '../../../src/backends/sqlite/schedule.js';
import type { LatePollSchedule } from '../../../src/swap/late-poll-schedule.js';
import { createManualClock } from '../../../testing/manual-clock.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';

const minuteMs = 60_000;
const startedAt = Date.parse('2026-11-28T06:00:00Z');

/** Lets one process after the other use the schedule of a folder, each with its own clock. */
function createProcesses(table: 'late_polls' | 'archive_jobs') {
  const folder = temporaryFolder();
  return async (now: number, use: (schedule: LatePollSchedule) => Promise<void>): Promise<void> => {
    const database = openSqliteDatabase(folder);
    onTestFinished(() => {
      if (database.db.isOpen) database.close();
    });
    await use(createSqliteSchedule(database, table, createManualClock(now)));
    database.close();
  };
}

test.each(['late_polls', 'archive_jobs'] as const)(
  'what a process left in %s with its clock ahead is due when the next one starts, attempts included',
  async (table) => {
    const inProcess = createProcesses(table);
    await inProcess(startedAt, async (schedule) => {
      await schedule.add('overdue', startedAt - minuteMs);
      await schedule.add('postponed', startedAt);
      await schedule.add('leased', startedAt);
      const ahead = startedAt + 11 * minuteMs;
      await schedule.postpone('postponed', 3, ahead + 1000);
      expect(await schedule.take(ahead, minuteMs, 1)).toEqual([{ swapId: 'overdue', attempts: 0 }]);
      await schedule.postpone('overdue', 1, startedAt - minuteMs);
      expect(await schedule.take(ahead, minuteMs, 2)).toHaveLength(2);
    });
    await inProcess(startedAt + minuteMs, async (schedule) => {
      expect(await schedule.take(startedAt + minuteMs, minuteMs, 10)).toEqual(
        expect.arrayContaining([
          { swapId: 'overdue', attempts: 1 },
          { swapId: 'postponed', attempts: 3 },
          { swapId: 'leased', attempts: 0 },
        ]),
      );
    });
  },
);

test('what is overdue keeps its order over a restart', async () => {
  const inProcess = createProcesses('archive_jobs');
  await inProcess(startedAt, async (schedule) => {
    await schedule.add('second', startedAt + minuteMs);
    await schedule.add('first', startedAt);
  });
  await inProcess(startedAt + 2 * minuteMs, async (schedule) => {
    expect(await schedule.nextDueAt()).toBe(startedAt);
  });
});
