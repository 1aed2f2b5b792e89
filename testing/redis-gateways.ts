import { createHash, randomUUID } from 'node:crypto';
import type { RedisServer } from './spawn-redis.js';
import { startGateway, type TestGateway } from './start-gateway.js';
import { type SeenSwap, swapSubscription } from './swap-client.js';

/** Settings that all instances of a deployment share. */
export function sharedEnv({ url }: Pick<RedisServer, 'url'>): Record<string, string> {
  return {
    REDIS_URL: url,
    REDIS_PREFIX: `test:${randomUUID()}:`,
    WEBHOOK_SECRET: 'a secret that all instances share',
    WEBHOOK_SIGNING_SECRET: `whsec_${createHash('sha256').update('of the tests').digest('base64')}`,
  };
}

/** Gateways in this process that share Redis and these settings, but nothing else. */
export function startGateways(count: number, env: Record<string, string>): Promise<TestGateway[]> {
  return Promise.all(Array.from({ length: count }, () => startGateway(env)));
}

/** Resolves when the subscription has received its first state; `end` resolves with the last one. */
export async function startWatching(
  { subscribe }: Pick<TestGateway, 'subscribe'>,
  id: string,
): Promise<{ end: Promise<SeenSwap | undefined> }> {
  const updates = subscribe(swapSubscription, { id });
  const read = async (): Promise<SeenSwap | undefined> => {
    const { value, done } = await updates.next();
    if (!done && value.errors) throw new Error(JSON.stringify(value.errors));
    return done ? undefined : (value.data?.['swapUpdated'] as SeenSwap);
  };
  const readOn = async (last: SeenSwap | undefined): Promise<SeenSwap | undefined> => {
    const next = await read();
    return next ? readOn(next) : last;
  };
  return { end: readOn(await read()) };
}
