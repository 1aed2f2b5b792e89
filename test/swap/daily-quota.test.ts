import { expect, test } from 'vitest';
import { createDailyQuota } from '../../src/swap/daily-quota.js';

test('concurrent requests of a client share its quota, and a rejected one returns its share', async () => {
  const quota = createDailyQuota({
    swapIndex: { accountPage: async () => [] },
    store: { get: async () => undefined },
    clock: { now: Date.now },
    limitOf: () => 2,
  });
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => quota.begin('ada')));
  const begun = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  expect(begun).toHaveLength(2);
  expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'RATE_LIMITED', details: { retryAfter: 1 } } });
  await quota.begin('bob');
  begun[0]?.();
  await quota.begin('ada');
  await expect(quota.begin('ada')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});
