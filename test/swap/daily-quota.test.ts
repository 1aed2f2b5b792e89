import { expect, test } from 'vitest';
import { withDailyQuota } from '../../src/swap/daily-quota.js';
import type { SwapQueue } from '../../src/swap/ports.js';

test('concurrent requests of a client share its quota, and a failed one returns its share', async () => {
  const reserve = async () => ({ fill: async () => undefined, release: async () => undefined });
  const limited = withDailyQuota({ reserve } as unknown as SwapQueue, {
    swapIndex: { page: async () => [] },
    store: { get: async () => undefined },
    clock: { now: Date.now },
    limit: 2,
  });
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => limited.reserve('ada')));
  const accepted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  expect(accepted).toHaveLength(2);
  expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'RATE_LIMITED', details: { retryAfter: 1 } } });
  await limited.reserve('bob');
  await accepted[0]?.release();
  await limited.reserve('ada');
  await expect(limited.reserve('ada')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});
