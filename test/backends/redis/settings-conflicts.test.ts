import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { conflictsOf, describeSettings } from '../../../src/backends/redis/instance-settings.js';
import { readMetrics } from '../../../testing/metrics.js';
import { sharedEnv } from '../../../testing/redis-gateways.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { requestSwap } from '../../../testing/swap-client.js';

const server = redisForTests();
const warning = 'another instance has different settings; they must be the same on all instances';

const conflictsAt = async (gateway: TestGateway): Promise<number | undefined> =>
  (await readMetrics(gateway)).value('settings_conflicts');
const warningsOf = ({ logs }: TestGateway) => logs.lines().filter(({ msg }) => msg === warning);

async function startTwo(change: Record<string, string>) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(upstream.submissions().length, 600)));
  const env: Record<string, string> = { ...upstream.env, ...sharedEnv(server) };
  const one = await startGateway(env);
  const other = await startGateway({ ...env, ...change });
  return { upstream, env, one, other };
}

test.each([
  ['MODELSLAB_QUEUE_LIMIT', '2'],
  ['MODELSLAB_API_KEY', 'the key of another account'],
  ['WEBHOOK_SECRET', 'a secret that no other instance has'],
  ['WEBHOOK_SIGNING_SECRET', `whsec_${Buffer.alloc(32, 8).toString('base64')}`],
  ['CLIENT_TOKEN_SECRET', 'a secret of client tokens that no other instance has'],
])(
  'a different %s is logged once on both instances, counted, and cleared once it matches again',
  async (name, value) => {
    const { env, one, other } = await startTwo({ [name]: value });
    for (const gateway of [one, other]) {
      await expect.poll(() => conflictsAt(gateway)).toBe(1);
      expect(warningsOf(gateway)).toEqual([expect.objectContaining({ level: 'warn', settings: [name] })]);
      expect(gateway.logs.text()).not.toContain(value.length > 2 ? value : 'lowestLimit":5');
    }
    const redis = createClient({ url: server.url });
    await redis.connect();
    onTestFinished(() => redis.destroy());
    const kept = JSON.stringify(await redis.hGetAll(`${env['REDIS_PREFIX']}queue:instances`));
    if (value.length > 2) expect(kept).not.toContain(value);
    await other.gateway.close();
    await expect.poll(() => conflictsAt(one)).toBe(0);
  },
);

test("the lowest limit applies to all instances, and an instance's own limit again once the other is gone", async () => {
  const { upstream, one, other } = await startTwo({ MODELSLAB_QUEUE_LIMIT: '2' });
  await expect.poll(() => conflictsAt(one)).toBe(1);
  for (let trackId = 0; trackId < 6; trackId++) await requestSwap(trackId % 2 ? one : other, { trackId });
  await upstream.submission(1);
  const waiting = async () => (await readMetrics(one)).value('queue_waiting');
  await expect.poll(waiting).toBe(4);
  expect(upstream.submissions()).toHaveLength(2);
  await other.gateway.close();
  await upstream.submission(4);
  await expect.poll(waiting).toBe(1);
});

test("instances that have the same settings, or recognize each other's secrets, log nothing", async () => {
  const { one, other } = await startTwo({
    WEBHOOK_SECRET: 'a secret that comes next time,a secret that all instances share',
  });
  // The second recognizes what the first signs, but not vice versa.
  await expect.poll(() => conflictsAt(one)).toBe(1);
  await other.gateway.close();
  const same = await startTwo({});
  const { gateway } = same.one;
  await requestSwap(same.other);
  await gateway.close();
  for (const { logs } of [same.one, same.other]) expect(logs.text()).not.toContain(warning);
});

test('secrets are compatible when each instance accepts what the other signs', () => {
  const settings = (...webhookSecrets: string[]) =>
    describeSettings({ slots: 5, apiKey: 'k', signingSecret: 's', webhookSecrets, clientTokenSecrets: [] });
  expect(conflictsOf(settings('old', 'new'), settings('new', 'old'))).toEqual([]);
  expect(conflictsOf(settings('old'), settings('old', 'new'))).toEqual([]);
  expect(conflictsOf(settings('old'), settings('new', 'old'))).toEqual(['WEBHOOK_SECRET']);
  expect(conflictsOf(settings('new', 'old'), settings('old'))).toEqual(['WEBHOOK_SECRET']);
  const { version, ...unversioned } = JSON.parse(settings('new')) as Record<string, unknown>;
  expect(version).toBe(1);
  expect(conflictsOf(settings('old'), JSON.stringify(unversioned))).toEqual(['WEBHOOK_SECRET']);
  expect(conflictsOf(settings('old'), JSON.stringify({ ...unversioned, version: 2 }))).toEqual([]);
  expect(conflictsOf(settings('old'), '{"of":"a newer version"}')).toEqual([]);
  expect(conflictsOf(settings('old'), 'no JSON')).toEqual([]);
});

test('so are those of client tokens, and an instance of a version without them conflicts with none', () => {
  const settings = (...clientTokenSecrets: string[]) =>
    describeSettings({
      slots: 5,
      apiKey: 'k',
      signingSecret: 's',
      webhookSecrets: ['w'],
      clientTokenSecrets,
    });
  const conflict = ['CLIENT_TOKEN_SECRET'];
  expect(conflictsOf(settings(), settings())).toEqual([]);
  expect(conflictsOf(settings('old', 'new'), settings('new', 'old'))).toEqual([]);
  expect(conflictsOf(settings('old'), settings('new', 'old'))).toEqual(conflict);
  expect(conflictsOf(settings('old'), settings())).toEqual(conflict);
  expect(conflictsOf(settings(), settings('old'))).toEqual(conflict);
  const { tokens: _tokens, ...earlier } = JSON.parse(settings('old')) as Record<string, unknown>;
  for (const own of [settings('new'), settings()]) {
    expect(conflictsOf(own, JSON.stringify(earlier))).toEqual([]);
    expect(conflictsOf(JSON.stringify(earlier), own)).toEqual([]);
  }
});
