import { expect, test } from 'vitest';
import { seeStates, startSwapClient } from '../../testing/start-swap-client.js';
import { answers } from '../../testing/stub-modelslab.js';
import { images } from '../../testing/swap-client.js';

test('a swap is reported in each of its states and returned when finished', async () => {
  const { client, modelsLab } = await startSwapClient();
  const states = seeStates();
  const finished = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(501));
  await states.reached('PROCESSING');
  await modelsLab.sendWebhook(answers.success(501));

  const swap = await finished;
  expect(swap).toMatchObject({ status: 'SUCCEEDED', output: ['https://files.example.com/501.jpg'] });
  expect(states.statuses().filter((status) => status !== 'QUEUED')).toEqual(['PROCESSING', 'SUCCEEDED']);
  expect(await client.get(swap.id)).toMatchObject({ modelsLabId: '501', meta: { seed: 7 } });
});

test('a failed swap is returned like any other, with its error', async () => {
  const { client, modelsLab } = await startSwapClient();
  modelsLab.handle((call) => call.answer(400, answers.error('Unable to fetch image from provided URL')));
  expect(await client.swap(images)).toMatchObject({
    status: 'FAILED',
    error: { code: 'IMAGE_UNREADABLE', retryable: false },
  });
});

test('a queued swap can be canceled, which finishes it for its followers', async () => {
  const { client, modelsLab } = await startSwapClient({ MODELSLAB_QUEUE_LIMIT: '1' });
  const first = client.swap({ ...images, reuse: 'NEVER' });
  await modelsLab.submission();
  const states = seeStates();
  const second = client.swap({ ...images, reuse: 'NEVER' }, states);
  const { id, queuePosition } = await states.reached('QUEUED');
  expect(queuePosition).toBe(1);

  expect(await client.cancel(id)).toMatchObject({ id, status: 'CANCELED' });
  expect(await second).toMatchObject({ id, status: 'CANCELED' });
  (await modelsLab.submission()).answer(200, answers.success(502));
  expect(await first).toMatchObject({ status: 'SUCCEEDED' });
});

test('the same input twice at once is one swap, and after it has finished a new one', async () => {
  const { client, modelsLab } = await startSwapClient();
  const twice = [client.swap(images), client.swap(images)];
  (await modelsLab.submission()).answer(200, answers.success(503));
  const [first, second] = await Promise.all(twice);
  expect(second?.id).toBe(first?.id);

  const third = client.swap(images);
  (await modelsLab.submission(1)).answer(200, answers.success(504));
  expect((await third).id).not.toBe(first?.id);
  expect(modelsLab.submissions()).toHaveLength(2);
});

test('an explicit reuse is left to the gateway', async () => {
  const { client, modelsLab } = await startSwapClient();
  modelsLab.handle((call) => call.answer(200, answers.success(505)));
  const first = await client.swap(images);
  expect(await client.swap({ ...images, reuse: 'COMPLETED' })).toEqual(first);
  expect((await client.swap({ ...images, reuse: 'NEVER' })).id).not.toBe(first.id);
});

test('aborting stops following with the given reason, and the swap itself continues', async () => {
  const { client, modelsLab, network } = await startSwapClient();
  const states = seeStates();
  const { signal, abort } = abortable();
  const left = client.swap(images, { ...states, signal });
  (await modelsLab.submission()).answer(200, answers.processing(506));
  const { id } = await states.reached('PROCESSING');
  abort('seen enough');
  await expect(left).rejects.toBe('seen enough');
  await network.idle();

  const again = client.watch(id);
  await modelsLab.sendWebhook(answers.success(506));
  expect(await again).toMatchObject({ id, status: 'SUCCEEDED' });
});

test('with an aborted signal nothing is sent', async () => {
  const { client, modelsLab } = await startSwapClient();
  await expect(client.swap(images, { signal: AbortSignal.abort('never mind') })).rejects.toBe('never mind');
  expect(modelsLab.calls).toEqual([]);
});

test('an error thrown by onUpdate rejects only that call', async () => {
  const { client, modelsLab } = await startSwapClient();
  const states = seeStates();
  const other = client.swap({ ...images, trackId: 1 }, states);
  (await modelsLab.submission()).answer(200, answers.processing(507));
  await states.reached('PROCESSING');
  const onUpdate = ({ status }: { status: string }): void => {
    if (status === 'SUCCEEDED') throw new Error('a bug in the caller');
  };
  const broken = client.swap({ ...images, trackId: 2 }, { onUpdate });
  (await modelsLab.submission(1)).answer(200, answers.success(508));
  await expect(broken).rejects.toThrow('a bug in the caller');
  await modelsLab.sendWebhook(answers.success(507));
  expect(await other).toMatchObject({ status: 'SUCCEEDED' });
});

test('finished swaps are returned at once, and the socket closes again', async () => {
  const { client, modelsLab, network } = await startSwapClient();
  modelsLab.handle((call) => call.answer(200, answers.success(509)));
  const swap = await client.swap(images);
  for (let round = 0; round < 5; round++) {
    expect(await client.watch(swap.id)).toEqual(swap);
    await network.idle();
  }
});

test('swaps followed at once share a socket, which closes after the last', async () => {
  const { client, modelsLab, network } = await startSwapClient();
  const swaps = [1, 2, 3].map((trackId) => client.swap({ ...images, trackId }));
  const calls = await Promise.all([0, 1, 2].map((index) => modelsLab.submission(index)));
  for (const [index, call] of calls.entries()) call.answer(200, answers.success(510 + index));
  expect((await Promise.all(swaps)).map(({ status }) => status)).toEqual(Array(3).fill('SUCCEEDED'));
  await network.idle();
  expect(network.webSockets()).toBeLessThanOrEqual(1);
});

function abortable(): { signal: AbortSignal; abort(reason: string): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
