import { createClient } from '@redis/client';
import { expect, test } from 'vitest';
import { startGatewayProcess } from '../../../testing/gateway-process.js';
import { sharedEnv } from '../../../testing/redis-gateways.js';
import { startRedis } from '../../../testing/redis-server.js';
import { startGateway } from '../../../testing/start-gateway.js';
import { startStubModelsLab } from '../../../testing/stub-modelslab.js';

const warning = 'Redis may lose swaps, which could then be paid for twice';
const production = { NODE_ENV: 'production' };

async function startOn(settings: Record<string, string>, env: Record<string, string> = {}) {
  const redis = await startRedis({ durable: true, settings });
  const upstream = await startStubModelsLab();
  return startGateway({ ...upstream.env, ...sharedEnv(redis), ...env });
}

test.each([
  ['no persistence', { appendonly: 'no' }, 'writes nothing to disk'],
  ['snapshots only', { appendonly: 'no', save: '60 1' }, 'snapshots only'],
  ['appendfsync everysec', { appendfsync: 'everysec' }, 'appendfsync everysec'],
  ['appendfsync no', { appendfsync: 'no' }, 'appendfsync no'],
  ['an eviction policy', { 'maxmemory-policy': 'allkeys-lru' }, 'maxmemory-policy allkeys-lru'],
  ['eviction of keys with a TTL', { 'maxmemory-policy': 'volatile-ttl' }, 'maxmemory-policy volatile-ttl'],
])(
  'a Redis with %s causes a warning, and is refused in production unless loss is allowed',
  async (_what, settings, words) => {
    const { logs } = await startOn(settings);
    expect(logs.lines().filter(({ msg }) => msg === warning)).toEqual([
      expect.objectContaining({ level: 'warn', risks: [expect.stringContaining(words)] }),
    ]);
    await expect(startOn(settings, production)).rejects.toThrow(words);
    await startOn(settings, { ...production, REDIS_ALLOW_LOSS: 'on' });
  },
);

test('a durable Redis is accepted in production without a warning', async () => {
  const { logs } = await startOn({}, production);
  expect(logs.text()).not.toContain('may lose');
  expect(logs.text()).not.toContain('cannot check');
});

test.each([
  ['CONFIG is denied by an ACL', 'on nopass ~* &* +@all -config', '"risks":["It writes nothing to disk'],
  ['all dangerous commands are denied', 'on nopass ~* &* +@all -@dangerous', 'INFO is refused'],
])('if %s, the gateway logs that it cannot check, and starts', async (_what, rules, words) => {
  const redis = await startRedis({ settings: { user: `app ${rules}` } });
  const upstream = await startStubModelsLab();
  const url = redis.url.replace('//', '//app:any@');
  const { logs } = await startGateway({ ...upstream.env, ...sharedEnv({ url }), ...production });
  expect(logs.lines()).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      msg: 'cannot check whether Redis may lose acknowledged writes',
    }),
  );
  expect(logs.text()).toContain(words);
});

test('with a renamed CONFIG, the gateway logs that it cannot check, and starts', async () => {
  const { logs } = await startOn({ 'rename-command': 'CONFIG hidden' }, production);
  expect(logs.text()).toContain('CONFIG GET is refused: ERR unknown command');
});

test('weaker settings after a restart of Redis cause one warning, and a running gateway continues', async () => {
  const redis = await startRedis({ durable: true });
  const upstream = await startStubModelsLab();
  const { logs } = await startGateway({ ...upstream.env, ...sharedEnv(redis), ...production });
  const client = createClient({ url: redis.url });
  await client.connect();
  await client.configSet('appendfsync', 'everysec');
  const warnings = () => logs.lines().filter(({ msg }) => msg === warning).length;
  for (let n = 0; n < 3; n++) {
    const before = logs.lines().filter(({ msg }) => msg === 'reconnected to Redis').length;
    await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    await expect
      .poll(() => logs.lines().filter(({ msg }) => msg === 'reconnected to Redis').length)
      .toBeGreaterThan(before);
  }
  await expect.poll(warnings).toBe(1);
  client.destroy();
});

test('a process that refuses to start explains the problem and the override in one line', async () => {
  const redis = await startRedis();
  const upstream = await startStubModelsLab();
  const starting = startGatewayProcess({ ...upstream.env, ...sharedEnv(redis), ...production });
  await expect(starting).rejects.toThrow(/ended \(1\).*REDIS_URL: .*appendonly no.*REDIS_ALLOW_LOSS=on/s);
});
