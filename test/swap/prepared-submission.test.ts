import { expect, test, vi } from 'vitest';
import { failure } from '../../src/swap/failures.js';
import type { PreparedSubmission } from '../../src/swap/submitted-pictures.js';
import { pictureAt, startRunner } from '../../testing/start-runner.js';

const accepted = { kind: 'processing', modelsLabId: '1' } as const;
const succeeded = pictureAt('https://f.example.com/1.jpg');

test('a swap whose pictures cannot be read fails without a mark and without a submission', async () => {
  const error = failure('IMAGE_UNREADABLE', 'initImage is no longer stored.');
  const runner = await startRunner({
    submitted: succeeded,
    prepare: async () => ({ kind: 'failed', error }),
  });
  expect(await runner.run()).toEqual({ kind: 'finished' });
  expect(await runner.read()).toMatchObject({ status: 'FAILED', error });
  expect(await runner.read()).not.toHaveProperty('lateUntil');
  expect(runner.submissions()).toBe(0);
});

test('a swap whose pictures cannot be read right now returns to the queue, and is submitted later', async () => {
  const outcomes: PreparedSubmission[] = [
    { kind: 'unavailable', retryAfterMs: 1000 },
    { kind: 'ready', pictures: undefined },
  ];
  const runner = await startRunner({
    submitted: succeeded,
    prepare: async () => outcomes.shift() ?? { kind: 'ready', pictures: undefined },
  });
  expect(await runner.run()).toEqual({ kind: 'requeue', afterMs: 1000, pauses: 'instance' });
  expect(await runner.read()).toMatchObject({ status: 'QUEUED' });
  expect(await runner.read()).not.toHaveProperty('submittingSince');
  expect(await runner.run()).toEqual({ kind: 'finished' });
  expect(runner.submissions()).toBe(1);
});

test('a shutdown while pictures are read leaves the swap as it was', async () => {
  const runner = await startRunner({
    submitted: succeeded,
    prepare: async () => {
      runner.abort.abort();
      return { kind: 'failed', error: failure('IMAGE_UNREADABLE', 'interrupted') };
    },
  });
  expect(await runner.run()).toEqual({ kind: 'interrupted' });
  expect(await runner.read()).toEqual(runner.swap);
});

test.each([
  ['is accepted', async () => accepted],
  [
    'is refused for now',
    async () => ({ kind: 'not-accepted', retryAfterMs: 10, pauses: 'account' }) as const,
  ],
  ['finds its slot lost', undefined],
])('the pictures are released when the submission %s', async (_what, submitted) => {
  const pictures = { get: () => Buffer.alloc(0), release: vi.fn() };
  const runner = await startRunner({
    submitted: submitted ?? accepted,
    prepare: async () => ({ kind: 'ready', pictures }),
    fetched: () => succeeded,
  });
  const running = runner.run({ isHeld: async () => submitted !== undefined });
  await vi.waitFor(() => expect(pictures.release).toHaveBeenCalled());
  runner.abort.abort();
  await running;
});
