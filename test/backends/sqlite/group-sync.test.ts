import { expect, test } from 'vitest';
import { createGroupSync } from '../../../src/backends/sqlite/group-sync.js';

/** A disk whose syncs take `inlineMs` on this thread; on another thread, they take until the test ends them. */
function createDisk(inlineMs: number) {
  const pending: { resolve(): void; reject(error: Error): void }[] = [];
  const counts = { inline: 0, elsewhere: 0, atClose: 0 };
  let time = 0;
  const group = createGroupSync({
    now: () => time,
    sync() {
      counts.elsewhere += 1;
      return new Promise((resolve, reject) => pending.push({ resolve, reject }));
    },
    syncInline() {
      counts.inline += 1;
      time += inlineMs;
    },
    syncAtClose() {
      counts.atClose += 1;
    },
  });
  return { group, counts, pending };
}

test('on a fast disk every commit is synced inline', async () => {
  const { group, counts } = createDisk(0);
  for (let commit = 0; commit < 50; commit += 1) {
    await group.committed();
    expect(group.settled()).toBeUndefined();
  }
  expect(counts).toEqual({ inline: 50, elsewhere: 0, atClose: 0 });
});

test('on a slow disk the thread blocks only a few times, then syncs move to another thread and are shared', async () => {
  const { group, counts, pending } = createDisk(5);
  for (let commit = 0; commit < 5; commit += 1) await group.committed();
  const first = group.committed();
  const others = [group.committed(), group.committed(), group.committed()];
  expect(counts).toEqual({ inline: 5, elsewhere: 1, atClose: 0 });
  let areOthersDone = false;
  void Promise.all(others).then(() => {
    areOthersDone = true;
  });
  pending.shift()?.resolve();
  await first;
  expect(areOthersDone).toBe(false);
  expect(counts.elsewhere).toBe(2);
  const read = group.settled();
  pending.shift()?.resolve();
  await Promise.all([...others, read]);
  expect(counts).toEqual({ inline: 5, elsewhere: 2, atClose: 0 });
});

test('on a very slow disk the thread blocks once', async () => {
  const { group, counts, pending } = createDisk(60);
  await group.committed();
  const second = group.committed();
  pending.shift()?.resolve();
  await second;
  expect(counts).toEqual({ inline: 1, elsewhere: 1, atClose: 0 });
});

test('after a failed sync no commit or read counts as durable', async () => {
  const { group, pending } = createDisk(5);
  for (let commit = 0; commit < 5; commit += 1) await group.committed();
  const [first, second] = [group.committed(), group.committed()];
  pending.shift()?.reject(new Error('EIO'));
  await expect(first).rejects.toThrow('EIO');
  await expect(second).rejects.toThrow('EIO');
  await expect(group.committed()).rejects.toThrow('EIO');
  await expect(group.settled()).rejects.toThrow('EIO');
  expect(group.failure()?.message).toBe('EIO');
});

test('closing syncs the rest once and resolves the waiters', async () => {
  const { group, counts } = createDisk(5);
  for (let commit = 0; commit < 5; commit += 1) await group.committed();
  const waiting = [group.committed(), group.committed()];
  group.close();
  await Promise.all(waiting);
  expect(counts.atClose).toBe(1);
  group.close();
  expect(counts.atClose).toBe(1);
});
