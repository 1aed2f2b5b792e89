import { beforeAll, test } from 'vitest';
import { spawnGateway } from '../spawn-gateway.js';
import { spawnRedis } from '../spawn-redis.js';

beforeAll(async () => {
  const redis = await spawnRedis();
  redis.signal('SIGSTOP');
  await spawnGateway({}, 'testing/left-processes/silent-program.ts');
});

test('never runs', () => undefined);
