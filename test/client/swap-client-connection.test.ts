import { expect, onTestFinished, test } from 'vitest';
import { createSwapClient } from '../../packages/client/src/index.js';
import { createGateway } from '../../src/app/gateway.js';
import { readConfig } from '../../src/config/config.js';
import { captureLog } from '../../testing/capture-log.js';
import { startGateway } from '../../testing/start-gateway.js';
import { seeStates, startSwapClient } from '../../testing/start-swap-client.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, readSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

test('a request whose response was lost is retried and stays one swap', async () => {
  const { client, modelsLab, network } = await startSwapClient();
  modelsLab.handle((call) => call.answer(200, answers.success(601)));
  network.loseNextAnswer();
  expect(await client.swap(images)).toMatchObject({ status: 'SUCCEEDED' });
  expect(modelsLab.submissions()).toHaveLength(1);
});

test('a swap that finishes while the connection is down is reported after the reconnect', async () => {
  const { client, gateway, modelsLab, network } = await startSwapClient();
  const states = seeStates();
  const finished = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(602));
  const { id } = await states.reached('PROCESSING');
  network.refuse(true);
  network.cut();
  await modelsLab.sendWebhook(answers.success(602));
  expect(await readSwap(gateway, id)).toMatchObject({ status: 'SUCCEEDED' });
  network.refuse(false);

  expect(await finished).toMatchObject({ id, status: 'SUCCEEDED' });
});

test('a state that is repeated after a reconnect is not reported twice', async () => {
  const { client, modelsLab, network } = await startSwapClient();
  const states = seeStates();
  const finished = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(607));
  await states.reached('PROCESSING');
  network.cut();
  await network.delivered('"PROCESSING"', 2);
  await modelsLab.sendWebhook(answers.success(607));
  await finished;
  expect(states.statuses().filter((status) => status !== 'QUEUED')).toEqual(['PROCESSING', 'SUCCEEDED']);
});

test('a swap is followed across a restart of the gateway', async () => {
  const modelsLab = await startStubModelsLab();
  const env = { ...modelsLab.env, DATA_DIR: temporaryFolder() };
  const { log } = captureLog();
  const first = await createGateway(readConfig({ ...env, PORT: '0' }), log);
  const client = createSwapClient({ url: first.url });
  onTestFinished(() => client.close());
  const states = seeStates();
  const finished = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(603, 60));
  await states.reached('PROCESSING');
  await first.close();
  await startGateway({ ...env, PORT: new URL(first.url).port });
  expect(await modelsLab.sendWebhook(answers.success(603))).toBe(200);
  expect(await finished).toMatchObject({ status: 'SUCCEEDED' });
});

test('a connection that died silently is detected and replaced', async () => {
  const { client, modelsLab, network } = await startSwapClient({}, { keepAliveMs: 200 });
  const states = seeStates();
  const finished = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(604));
  await states.reached('PROCESSING');
  network.freeze();
  await modelsLab.sendWebhook(answers.success(604));
  expect(await finished).toMatchObject({ status: 'SUCCEEDED' });
  expect(network.webSockets()).toBe(2);
});

test('after some attempts without a gateway the client fails, with the id of the swap to resume', async () => {
  const { client, modelsLab, network } = await startSwapClient({}, { attempts: 2 });
  const states = seeStates();
  const lost = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(605));
  const { id } = await states.reached('PROCESSING');
  network.refuse(true);
  network.cut();
  await expect(lost).rejects.toMatchObject({ code: 'UNREACHABLE', swapId: id });

  network.refuse(false);
  const again = client.swap(images);
  await modelsLab.sendWebhook(answers.success(605));
  expect(await again).toMatchObject({ id, status: 'SUCCEEDED' });
  expect(modelsLab.submissions()).toHaveLength(1);
});

test('closing the client aborts everything in flight with CLOSED, and closes its socket', async () => {
  const { client, modelsLab, network } = await startSwapClient();
  const states = seeStates();
  const open = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(606));
  await states.reached('PROCESSING');
  client.close();
  await expect(open).rejects.toMatchObject({ name: 'SwapClientError', code: 'CLOSED' });
  await network.idle();
  await expect(client.swap(images)).rejects.toMatchObject({ code: 'CLOSED' });
});
