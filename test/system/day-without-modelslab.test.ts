import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../testing/free-port.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { readMetrics } from '../../testing/metrics.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';

/** The network to ModelsLab: while it is down, connections are refused. */
async function startNetwork(target: string) {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const network = {
    url: target.replace(new URL(target).host, `127.0.0.1:${port}`),
    async up() {
      server = createServer((near) => {
        const far = connect(Number(new URL(target).port), '127.0.0.1');
        for (const socket of [near, far]) {
          sockets.add(socket.on('error', () => undefined));
          socket.on('close', () => sockets.delete(socket));
        }
        near.pipe(far).pipe(near);
      }).listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    down() {
      server?.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  onTestFinished(network.down);
  await network.up();
  return network;
}

const hourMs = 3_600_000;

test('a day without ModelsLab costs nothing: what waits expires, what was there keeps its result, and then all goes on', async () => {
  const upstream = await startStubModelsLab();
  const network = await startNetwork(upstream.env.MODELSLAB_BASE_URL);
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const clock = createManualClock(Date.now());
  const env = { ...upstream.env, MODELSLAB_BASE_URL: network.url };
  const gateway = await startGateway(env, { clock });
  const started = await requestSwap(gateway, { trackId: 1 });
  await expect.poll(() => readSwap(gateway, started.id)).toMatchObject({ status: 'PROCESSING' });

  network.down();
  const waiting = await requestSwap(gateway, { trackId: 2 });
  await expect
    .poll(async () => {
      await clock.advance(60_000);
      return (await readSwap(gateway, waiting.id))?.status;
    })
    .toBe('EXPIRED');
  await clock.advance(hourMs);
  expect(await readSwap(gateway, started.id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'TIMED_OUT' },
  });
  expect((await readMetrics(gateway)).value('modelslab_breaker_open')).toBe(1);
  for (let hour = 1; hour < 23; hour += 1) await clock.advance(hourMs);

  await network.up();
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  expect(await readSwap(gateway, started.id)).toMatchObject({
    status: 'FAILED',
    lateResult: { output: answers.success(1).output },
  });
  upstream.handle((call) => call.answer(200, answers.success(3)));
  const next = await requestSwap(gateway, { trackId: 3 });
  await expect
    .poll(
      async () => {
        await clock.advance(1000);
        return (await readSwap(gateway, next.id))?.status;
      },
      // The circuit breaker lets a probe through every 10 s, by the real clock.
      { timeout: 30_000 },
    )
    .toBe('SUCCEEDED');
  expect(upstream.submissions().map(({ body }) => body['track_id'])).toEqual([1, 3]);
});
