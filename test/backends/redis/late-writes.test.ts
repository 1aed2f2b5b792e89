import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../../src/backends/redis/connection.js';
import { createRedisSwapStore } from '../../../src/backends/redis/swap-store.js';
import { systemClock } from '../../../src/lib/clock.js';
import { applyTransition, type PendingSwap, queuedSwap } from '../../../src/swap/swap.js';
import { startFaultProxy } from '../../../testing/fault-proxy.js';
import { redisForTests, startRedis } from '../../../testing/redis-server.js';
import { images } from '../../../testing/swap-client.js';
import { patienceMs } from '../../../testing/timeouts.js';

const server = redisForTests();

async function connect(port: number | string, prefix: string) {
  const redis = connectRedis({ url: `redis://127.0.0.1:${port}`, prefix });
  onTestFinished(() => redis.close());
  await redis.ready();
  return redis;
}

/** Two instances on one Redis; the connection of one of them can fail. */
async function connectTwo(port = new URL(server.url).port) {
  const prefix = server.newPrefix();
  const proxy = await startFaultProxy(Number(port));
  return { proxy, proxied: await connect(proxy.port, prefix), other: await connect(port, prefix) };
}

const storeOn = (redis: Awaited<ReturnType<typeof connect>>) =>
  createRedisSwapStore(redis, { clock: systemClock, pendingTtlMs: 60_000 });
const next = (swap: PendingSwap, event: Parameters<typeof applyTransition>[1]) =>
  applyTransition(swap, event, Date.now(), 60_000) as PendingSwap;

test('a write that reaches Redis late does not move a swap backwards', async () => {
  const { proxy, proxied, other } = await connectTwo();
  const late = storeOn(proxied);
  const store = storeOn(other);
  const queued = queuedSwap(crypto.randomUUID(), 'ann', { ...images, watermark: true }, Date.now());
  const marked = next(queued, { type: 'submitting' });
  const processing = next(marked, { type: 'accepted', modelsLabId: '1' });
  await store.save(queued);
  proxy.freeze();
  await expect(late.save(marked)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await store.save(marked);
  await store.save(processing);
  proxy.thaw();
  await expect.poll(() => late.get(queued.id)).toEqual(processing);
  // A run that knows less, and a mark removed by one that does not know the response.
  await late.save(next(marked, { type: 'outcome-unknown' }));
  await late.save(next(marked, { type: 'not-accepted' }));
  expect(await store.get(queued.id)).toEqual(processing);
});

test('a write after a swap is finished leaves nothing behind', async () => {
  const { other } = await connectTwo();
  const store = storeOn(other);
  const queued = queuedSwap(crypto.randomUUID(), 'ann', { ...images, watermark: true }, Date.now());
  const end = applyTransition(queued, { type: 'expired' }, Date.now(), 60_000);
  if (end.status !== 'EXPIRED') throw new Error('not ended');
  await store.finish(end);
  await store.save(queued);
  expect(await other.client.keys(`${other.prefix}pending:*`)).toEqual([]);
  expect(await store.get(queued.id)).toEqual(end);
});

test('commands abandoned with a connection do not run after those of the next one', async () => {
  const redis = await startRedis();
  const { proxy, proxied, other } = await connectTwo(String(redis.port));
  const { client, prefix } = proxied;
  const key = `${prefix}order`;
  proxy.freezeOpen();
  await expect(proxied.orUnavailable(() => client.set(key, 'first', { EX: 60 }))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  const again = () =>
    proxied.orUnavailable(() => client.set(key, 'second', { EX: 60 })).catch(() => undefined);
  await expect.poll(again, { timeout: 2 * patienceMs }).toBe('OK');
  proxy.thaw();
  const connections = async () => (await other.client.clientList()).length;
  await expect.poll(connections).toBe(2);
  expect(await other.client.get(key)).toBe('second');
});
