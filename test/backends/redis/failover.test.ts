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

/** A primary with a replica, and a gateway that connects to whichever the host name resolves to. */
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
    /** Promotes the replica; connections to the old primary stay open. */
    async demote() {
      await replica.sendCommand(['REPLICAOF', 'NO', 'ONE']);
      await primary.sendCommand(['REPLICAOF', '127.0.0.1', String(second.port)]);
    },
    /** From now on, the host name resolves to the new primary. */
    moveAddress: () => network.retarget(second.port),
  };
}

test('a gateway leaves a demoted Redis whose connections stay open, and continues with the new primary', async () => {
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

test('while the host name resolves to a replica, the gateway retries with backoff and logs the reason', async () => {
  const { gateway, readiness, demote } = await startPair();
  await demote();
  const attempts = () => gateway.logs.lines().filter(({ msg }) => msg === 'cannot reach Redis; retrying');
  await expect.poll(() => attempts().length).toBe(4);
  expect(attempts().map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  for (const { reason } of attempts()) expect(reason).toMatch(/^READONLY/);
  expect(await readiness()).toBe(503);
});

test('reads continue on a full Redis', async () => {
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
