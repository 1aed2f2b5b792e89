import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../../src/backends/redis/connection.js';
import { createRedisTopics } from '../../../src/backends/redis/topics.js';
import { startFaultProxy } from '../../../testing/fault-proxy.js';
import { redisForTests } from '../../../testing/redis-server.js';

const server = redisForTests();

async function open() {
  const prefix = server.newPrefix();
  const connect = async (port: number | string) => {
    const redis = connectRedis({ url: `redis://127.0.0.1:${port}`, prefix });
    onTestFinished(() => redis.close());
    await redis.ready();
    return redis;
  };
  const { port } = new URL(server.url);
  const proxy = await startFaultProxy(Number(port));
  const other = await connect(port);
  const publish = (topic: string, message: string) => other.client.publish(prefix + topic, message);
  const subscribers = async (topic: string) =>
    (await other.client.pubSubNumSub([prefix + topic]))[prefix + topic];
  return { proxy, publish, subscribers, topics: createRedisTopics(await connect(proxy.port)) };
}

test('a listener that follows an abandoned subscription gets every message, however late Redis replies', async () => {
  const { proxy, publish, topics } = await open();
  const received: string[] = [];
  proxy.delay(600);
  await expect(topics.subscribe('a', () => undefined)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  // The reply comes 200 ms from now; from then on, Redis is fast enough.
  proxy.delay(150);
  const again = () =>
    topics
      .subscribe('a', (message) => received.push(message))
      .then(
        () => true,
        () => false,
      );
  await expect.poll(again, { interval: 10 }).toBe(true);
  // Replies arrive in order, so the abandoned subscription has been undone by now.
  await topics.subscribe('b', () => undefined);
  await publish('a', 'message');
  await expect.poll(() => received).toEqual(['message']);
});

test('a topic without listeners is not subscribed to', async () => {
  const { topics, subscribers } = await open();
  const stops = await Promise.all([1, 2].map(() => topics.subscribe('a', () => undefined)));
  expect(await subscribers('a')).toBe(1);
  for (const stop of stops) stop();
  await expect.poll(() => subscribers('a')).toBe(0);
  expect([...topics.topics()]).toEqual([]);
  const received: string[] = [];
  const stop = await topics.subscribe('a', (message) => received.push(message));
  stop();
  await topics.subscribe('a', (message) => received.push(message));
  expect(await subscribers('a')).toBe(1);
});
