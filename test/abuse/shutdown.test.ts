import { expect, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { openSocket } from '../../testing/raw-socket.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap, swapSubscription } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { atMost } from '../../testing/timeouts.js';

test('SIGTERM under load, with a client that reads nothing, takes at most ten seconds and loses no accepted swap', async () => {
  const stub = await startStubModelsLab();
  let modelsLabId = 0;
  stub.handle(({ answer }) => answer(200, answers.processing(++modelsLabId)));
  const env = {
    ...stub.env,
    DATA_DIR: temporaryFolder(),
    RATE_LIMIT: 'off',
    MAX_WAITING_PER_CLIENT: '10000',
  };
  const gateway = await startGatewayProcess(env);
  const { id } = await requestSwap(gateway);
  const paused = await openSocket(gateway.url);
  await paused.init();
  paused.subscribe('1', swapSubscription, { id });
  await paused.next();
  paused.socket.pause();

  const answered: string[] = [];
  let isOver = false;
  const keepRequesting = async (worker: number): Promise<void> => {
    for (let round = 0; !isOver; round++) {
      const swap = await requestSwap(gateway, { trackId: worker * 100_000 + round }).catch(() => undefined);
      if (swap) answered.push(swap.id);
      else isOver = true;
    }
  };
  const load = Array.from({ length: 10 }, (_, worker) => keepRequesting(worker));
  await expect.poll(() => answered.length).toBeGreaterThan(200);
  const began = performance.now();
  expect(await gateway.kill('SIGTERM')).toBe(0);
  expect(performance.now() - began).toBeLessThan(atMost(10_000));
  await Promise.all(load);

  const next = await startGatewayProcess(env);
  for (const swapId of answered) expect((await readSwap(next, swapId))?.id).toBe(swapId);
});
