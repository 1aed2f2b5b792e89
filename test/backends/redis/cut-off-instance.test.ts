import { expect, test } from 'vitest';
import { freePort } from '../../../testing/free-port.js';
import { monitorQueue, type SeenHeartbeat } from '../../../testing/queue-monitor.js';
import { sharedEnv } from '../../../testing/redis-gateways.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { requestSwap } from '../../../testing/swap-client.js';

const server = redisForTests();

/** Gateways on one Redis; for `cutOff` of them nothing listens at ModelsLab's URL. */
async function startThree(cutOff: number) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(upstream.submissions().length)));
  const shared = sharedEnv(server);
  const env: Record<string, string> = { ...upstream.env, ...shared };
  const unreachable = `http://127.0.0.1:${await freePort()}/api/v6/deepfake`;
  const readQueue = await monitorQueue(server.url, String(shared['REDIS_PREFIX']));
  const gateways = await Promise.all(
    [0, 1, 2].map((n) => startGateway(n < cutOff ? { ...env, MODELSLAB_BASE_URL: unreachable } : env)),
  );
  return { upstream, gateways, readQueue };
}

/** Requests swaps one after another on each gateway until `isDone`, at least one on each. */
async function requestSwaps(
  gateways: readonly TestGateway[],
  isDone: () => Promise<boolean>,
): Promise<number> {
  let count = 0;
  do {
    for (const gateway of gateways) {
      const swap = await requestSwap(gateway, { trackId: count++ }, { wait: 20 });
      expect(swap).toMatchObject({ status: 'SUCCEEDED' });
    }
  } while (!(await isDone()));
  return count;
}

const total = (heartbeats: readonly SeenHeartbeat[], what: 'taken' | 'returned'): number =>
  heartbeats.reduce((sum, heartbeat) => sum + heartbeat[what], 0);

/** An instance that cannot reach ModelsLab delays no swap, whether taken from the queue or accepted by itself. */
function expectYields(heartbeats: readonly SeenHeartbeat[]): void {
  expect(total(heartbeats, 'taken')).toBe(total(heartbeats, 'returned'));
  for (const heartbeat of heartbeats) {
    expect(heartbeat.taken).toBeLessThanOrEqual(heartbeat.room);
    // It starts no swaps until its pause is over.
    if (heartbeat.returned > 0) expect(heartbeat).toMatchObject({ isCutOff: true, room: 0 });
    // The others take it at once, not only on their next heartbeat.
    if (heartbeat.isCutOff && heartbeat.accepted + heartbeat.returned > 0)
      expect(heartbeat).toMatchObject({ calledOthers: true });
  }
}

test('one of three instances is cut off from ModelsLab: the others continue, including with what it accepts', async () => {
  const { upstream, gateways, readQueue } = await startThree(1);
  let rounds = 0;
  const count = await requestSwaps(gateways, async () => ++rounds >= 10);
  const { instances, pauses } = await readQueue();
  expect(pauses).toBe(0);
  const cutOff = instances.filter((heartbeats) => total(heartbeats, 'returned') > 0);
  expect(cutOff).toHaveLength(1);
  cutOff.forEach(expectYields);
  expect(cutOff[0]?.some(({ isCutOff, accepted }) => isCutOff && accepted > 0)).toBe(true);
  expect(upstream.submissions()).toHaveLength(count);
});

test('two of three instances are cut off: the third runs all swaps, and the two start only one at a time', async () => {
  const { upstream, gateways, readQueue } = await startThree(2);
  const areOpen = async (): Promise<boolean> => {
    const statuses = await Promise.all(
      gateways.slice(0, 2).map(({ graphql }) => graphql('{ gatewayStatus { upstreamAvailable } }')),
    );
    return statuses.every(({ data }) => JSON.stringify(data?.['gatewayStatus']).includes('false'));
  };
  let count = await requestSwaps(gateways, areOpen);
  const opened = (await readQueue()).instances.map(({ length }) => length);
  // Many at once: more than there are slots.
  await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      const swap = await requestSwap(gateways[n % 3] as TestGateway, { trackId: count++ }, { wait: 20 });
      expect(swap).toMatchObject({ status: 'SUCCEEDED' });
    }),
  );
  const { instances, pauses } = await readQueue();
  expect(pauses).toBe(0);
  const cutOff = instances.filter((heartbeats) => total(heartbeats, 'returned') > 0);
  expect(cutOff).toHaveLength(2);
  cutOff.forEach(expectYields);
  for (const heartbeats of cutOff) {
    const since = heartbeats.slice(opened[instances.indexOf(heartbeats)]);
    expect(Math.max(...since.map(({ room }) => room))).toBeLessThanOrEqual(1);
  }
  expect(upstream.submissions()).toHaveLength(count);
});

test('a 429 pauses all instances', async () => {
  const { upstream, gateways, readQueue } = await startThree(0);
  let isBusy = true;
  upstream.handle((call) => {
    if (isBusy) call.answer(429, { status: 'error', message: 'Rate limit exceeded', retry_after: 3 });
    else call.answer(200, answers.success(1));
    isBusy = false;
  });
  const swap = await requestSwap(gateways[0] as TestGateway, {}, { wait: 20 });
  expect(swap).toMatchObject({ status: 'SUCCEEDED' });
  expect((await readQueue()).pauses).toBe(1);
  expect(upstream.submissions()).toHaveLength(2);
});
