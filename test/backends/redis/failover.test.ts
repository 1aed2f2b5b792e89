import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { startFaultProxy } from '../../../testing/fault-proxy.js';
import { sharedEnv, startWatching } from '../../../testing/redis-gateways.js';
import { startRedis } from '../../../testing/redis-server.js';
import { startGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { images, requestSwap, swapMutation } from '../../../testing/swap-client.js';

async function connect(url: string) {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.destroy());
  return client;
}

/** A primary with a replica, and a gateway that reaches whichever of them the address leads to. */
async function startPair() {
  const servers = await Promise.all([startRedis({ durable: true }), startRedis({ durable: true })]);
  const [first, second] = servers;
  const [primary, replica] = await Promise.all(servers.map(({ url }) => connect(url)));
  if (!first || !second || !primary || !replica) throw new Error('no servers');
  await replica.sendCommand(['REPLICAOF', '127.0.0.1', String(first.port)]);
  await expect.poll(async () => await replica.info('replication')).toContain('master_link_status:up');
  const network = await startFaultProxy(first.port);
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({
    ...upstream.env,
    ...sharedEnv({ url: `redis://127.0.0.1:${network.port}` }),
  });
  return {
    upstream,
    gateway,
    readiness: async () => (await fetch(`${gateway.url}/readyz`)).status,
    /** The replica takes over, and connections to the old primary stay as they are. */
    async demote() {
      await replica.sendCommand(['REPLICAOF', 'NO', 'ONE']);
      await primary.sendCommand(['REPLICAOF', '127.0.0.1', String(second.port)]);
    },
    /** From now on the address leads to the new primary. */
    moveAddress: () => network.retarget(second.port),
  };
}

test('a gateway leaves a Redis that was demoted while its connections stay open, and goes on with the new primary', async () => {
  const { upstream, gateway, readiness, demote, moveAddress } = await startPair();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const { id } = await requestSwap(gateway);
  const watched = await startWatching(gateway, id);
  expect(await readiness()).toBe(200);
  await demote();
  await expect.poll(readiness).toBe(503);
  const refused = await gateway.graphql(swapMutation, { input: { ...images, trackId: 2 } });
  expect(refused.errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  expect(gateway.logs.text()).toContain('READONLY');
  moveAddress();
  await expect.poll(readiness).toBe(200);
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  expect((await watched.end)?.status).toBe('SUCCEEDED');
  upstream.handle((call) => call.answer(200, answers.success(3)));
  expect(await requestSwap(gateway, { trackId: 3 }, { wait: 10 })).toMatchObject({ status: 'SUCCEEDED' });
});

test('while the address leads to a replica the gateway tries again, ever more seldom, and says why', async () => {
  const { gateway, readiness, demote } = await startPair();
  await demote();
  const attempts = () => gateway.logs.lines().filter(({ msg }) => msg === 'cannot reach Redis; retrying');
  await expect.poll(() => attempts().length).toBe(4);
  expect(attempts().map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  for (const { reason } of attempts()) expect(reason).toMatch(/^READONLY/);
  expect(await readiness()).toBe(503);
});

test('a Redis that is full is still read from', async () => {
  const redis = await startRedis();
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(1)));
  const gateway = await startGateway({ ...upstream.env, ...sharedEnv(redis) });
  const { id } = await requestSwap(gateway, {}, { wait: 10 });
  const client = await connect(redis.url);
  await client.configSet('maxmemory', '1');
  const refused = await gateway.graphql(swapMutation, { input: { ...images, trackId: 2 } });
  expect(refused.errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  const { data } = await gateway.graphql(`{ swaps { nodes { id } } }`);
  expect(data).toEqual({ swaps: { nodes: [{ id }] } });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
});
