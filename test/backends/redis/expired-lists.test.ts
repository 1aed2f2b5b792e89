import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../../src/backends/redis/connection.js';
import { createRedisSwapIndex } from '../../../src/backends/redis/swap-index.js';
import { createRedisSwapStore } from '../../../src/backends/redis/swap-store.js';
import { systemClock } from '../../../src/lib/clock.js';
import type { SwapIndex } from '../../../src/swap/ports.js';
import { queuedSwap } from '../../../src/swap/swap.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { images } from '../../../testing/swap-client.js';

const server = redisForTests();
const token = 'token:web:ada';

type Accept = () => Promise<void>;
test.each<[string, (swapIndex: SwapIndex, accept: Accept) => Promise<unknown>]>([
  ['reading them', (swapIndex) => Promise.all([swapIndex.page(token, 10), swapIndex.accountPage('web', 10)])],
  ['accepting swaps', (_swapIndex, accept) => accept()],
])('%s removes expired swaps from every list of a client token and its parent', async (_what, act) => {
  const redis = connectRedis({ url: server.url, prefix: server.newPrefix() });
  onTestFinished(() => redis.close());
  await redis.ready();
  const store = createRedisSwapStore(redis, { clock: systemClock, pendingTtlMs: 60_000 });
  const swapIndex = createRedisSwapIndex(redis);
  const ids: string[] = [];
  const accept = async (): Promise<void> => {
    const swap = queuedSwap(crypto.randomUUID(), token, { ...images, watermark: true }, Date.now());
    await store.create(swap, { fingerprint: 'print' });
    ids.push(swap.id);
  };
  for (let n = 0; n < 3; n += 1) await accept();
  const expired = ids.slice(0, 2);
  for (const id of expired) await swapIndex.markEnded(id, Date.now() + 20, 'FAILED');
  const name = encodeURIComponent(token);
  const lists = [`client:${name}`, 'tokens:web', `listed:${name}:open`, `listed:${name}:FAILED`];
  const listed = async (): Promise<string[]> => {
    const members = await Promise.all(lists.map((key) => redis.client.zRange(redis.prefix + key, 0, -1)));
    return members.flat().map((member) => member.split(' ').at(-1) ?? '');
  };
  expect(await listed()).toEqual(expect.arrayContaining(expired));
  const entries = expired.map((id) => `${redis.prefix}entry:${id}`);
  await expect.poll(() => redis.client.exists(entries)).toBe(0);
  await act(swapIndex, accept);
  expect((await listed()).filter((id) => expired.includes(id))).toEqual([]);
});
