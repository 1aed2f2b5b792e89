import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type RedisServer, spawnRedis } from './spawn-redis.js';

/** A Redis for one test only, which may break it; stopped after the test. */
export async function startRedis(options?: Parameters<typeof spawnRedis>[0]): Promise<RedisServer> {
  const server = await spawnRedis(options);
  onTestFinished(() => server.remove());
  return server;
}

/** A Redis for the tests of a file: REDIS_TEST_URL, or a server started for them. Each test uses its own prefix. */
export function redisForTests(): { readonly url: string; newPrefix(): string } {
  let server: RedisServer | undefined;
  let url = process.env['REDIS_TEST_URL'] ?? '';
  beforeAll(async () => {
    if (url !== '') return;
    server = await spawnRedis();
    url = server.url;
  });
  afterAll(() => server?.remove());
  return {
    get url() {
      return url;
    },
    newPrefix: () => `test:${randomUUID()}:`,
  };
}
