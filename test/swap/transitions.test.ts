import { expect, test } from 'vitest';
import type { Failpoint } from '../../src/swap/failpoint.js';
import { createTransitions } from '../../src/swap/lifecycle/transitions.js';
import { startRunner } from '../../testing/start-runner.js';

const webhook = 'https://hooks.example.com/';
const timedOut = {
  type: 'failed',
  modelsLabId: '5',
  error: { code: 'TIMED_OUT', message: 'no result', retryable: true },
  inferred: true,
} as const;

/** A swap with a webhook, and the dependencies of the transitions, some of which a test may break. */
async function setUp() {
  const parts = await startRunner({ submitted: { kind: 'unknown' } }, { request: { webhook } });
  const { swapIndex, outbox, latePolls, clock, swap } = parts;
  return {
    ...parts,
    end: (broken: Partial<Parameters<typeof createTransitions>[0]> = {}) =>
      createTransitions({ ...parts, ...broken }).applyTransition(swap, timedOut),
    facts: async () => ({
      isOpen: (await swapIndex.open()).some(({ id }) => id === swap.id),
      isWebhookDue: (await outbox.nextDueAt()) === clock.now(),
      isPolled: (await latePolls.nextDueAt()) !== undefined,
    }),
  };
}

test('a finished swap leaves the index of open swaps once its webhook and late polls are scheduled', async () => {
  const { end, facts } = await setUp();
  expect(await facts()).toEqual({ isOpen: true, isWebhookDue: false, isPolled: false });
  await end();
  expect(await facts()).toEqual({ isOpen: false, isWebhookDue: true, isPolled: true });
});

test.each(['outbox', 'late'] as const)(
  'a finished swap that the %s cannot accept stays in the index, and is finished again from there',
  async (part) => {
    const { end, facts, read } = await setUp();
    const broken = { add: () => Promise.reject(new Error('the store is unavailable')) };
    await expect(end({ [part]: broken })).rejects.toThrow('unavailable');
    expect(await read()).toMatchObject({ status: 'FAILED' });
    expect(await facts()).toMatchObject({ isOpen: true });
    await end();
    expect(await facts()).toEqual({ isOpen: false, isWebhookDue: true, isPolled: true });
  },
);

test('a process that dies before it marks a swap as ended leaves a webhook to send and a swap to restore', async () => {
  const { end, facts } = await setUp();
  const failpoint = (name: Failpoint): void => {
    if (name === 'after-outbox-before-index') throw new Error('the process died');
  };
  await expect(end({ failpoint })).rejects.toThrow('died');
  expect(await facts()).toEqual({ isOpen: true, isWebhookDue: true, isPolled: true });
});
