import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../../src/backends/redis/connection.js';
import { createRedisPubSub } from '../../../src/backends/redis/pubsub.js';
import { createRedisTopics } from '../../../src/backends/redis/topics.js';
import { systemClock } from '../../../src/lib/clock.js';
import { queuedSwap } from '../../../src/swap/swap.js';
import { captureLog } from '../../../testing/capture-log.js';
import { startFaultProxy } from '../../../testing/fault-proxy.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { images } from '../../../testing/swap-client.js';
import { unexpected } from '../../../testing/unexpected.js';

const server = redisForTests();

async function open(port: number | string, prefix: string) {
  const connect = async () => {
    const redis = connectRedis({ url: `redis://127.0.0.1:${port}`, prefix });
    onTestFinished(() => redis.close());
    await redis.ready();
    return redis;
  };
  const redis = await connect();
  const events = createRedisPubSub({
    report: unexpected,
    redis,
    topics: createRedisTopics(await connect()),
    store: { get: async () => undefined },
    clock: systemClock,
    log: captureLog().log,
  });
  onTestFinished(() => events.close());
  return { events, redis };
}

test('an event that Redis did not accept in time is sent again, even though the connection lasts', async () => {
  const { port } = new URL(server.url);
  const prefix = server.newPrefix();
  const proxy = await startFaultProxy(Number(port));
  const here = await open(proxy.port, prefix);
  const there = await open(port, prefix);
  const received: string[] = [];
  const ids = ['timed out', 'failed at once'];
  for (const id of ids) await there.events.subscribe(id, (swap) => received.push(swap.id));
  let connections = 0;
  here.redis.onReady(() => {
    connections += 1;
  });

  proxy.freeze();
  here.events.publish(queuedSwap('timed out', 'ann', { ...images, watermark: true }, 1));
  await expect(here.redis.orUnavailable((client) => client.ping())).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  here.events.publish(queuedSwap('failed at once', 'ann', { ...images, watermark: true }, 1));
  proxy.thaw();
  await expect.poll(() => new Set(received)).toEqual(new Set(ids));
  expect(connections).toBe(0);
});
