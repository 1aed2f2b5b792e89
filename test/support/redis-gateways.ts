import { randomUUID } from 'node:crypto';
import type { RedisServer } from './redis-server.js';
import { startGateway, type TestGateway } from './start-gateway.js';

/** What all instances of one deployment have in common. */
export function sharedEnv({ url }: Pick<RedisServer, 'url'>): Record<string, string> {
  return {
    REDIS_URL: url,
    REDIS_PREFIX: `test:${randomUUID()}:`,
    WEBHOOK_SECRET: 'a secret that all instances share',
    WEBHOOK_SIGNING_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  };
}

/** Gateways in this process that share everything but it. */
export function startGateways(count: number, env: Record<string, string>): Promise<TestGateway[]> {
  return Promise.all(Array.from({ length: count }, () => startGateway(env)));
}
