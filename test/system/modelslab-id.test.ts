import { expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, type SeenSwap, swapQuery } from '../../testing/swap-client.js';

const ids = [
  '118409305',
  'abc123-def456',
  crypto.randomUUID(),
  '90071992547409931234',
  'x'.repeat(128),
  'ä b/c?d',
];

test.each(ids)("a swap is found by ModelsLab's id %s, but only by its owner", async (modelsLabId) => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(modelsLabId)));
  const gateway = await startGateway({ ...upstream.env, GATEWAY_API_KEYS: keysFor('ada', 'bob') });
  const swap = await requestSwap(gateway, {}, { wait: 20, headers: bearer('ada') });
  expect(swap).toMatchObject({ status: 'SUCCEEDED', modelsLabId });
  const read = async (client: string, id: string) =>
    (await gateway.graphql(swapQuery, { id }, bearer(client))).data?.['swapResult'] as SeenSwap | null;
  expect(await read('ada', modelsLabId)).toEqual(swap);
  expect(await read('bob', modelsLabId)).toBeNull();
  expect(await read('ada', `${modelsLabId}1`)).toBeNull();
  expect(await read('ada', swap.id)).toEqual(swap);
});

test("the gateway's own id takes precedence, even if ModelsLab uses the same text", async () => {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway(upstream.env);
  upstream.handle((call) => call.answer(200, answers.success(1)));
  const first = await requestSwap(gateway, { trackId: 1 }, { wait: 20 });
  upstream.handle((call) => call.answer(200, answers.success(first.id)));
  const second = await requestSwap(gateway, { trackId: 2 }, { wait: 20 });
  expect(second).toMatchObject({ modelsLabId: first.id });
  const { data } = await gateway.graphql(swapQuery, { id: first.id });
  expect(data?.['swapResult']).toEqual(first);
});

test('an id that is too long gives null', async () => {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway(upstream.env);
  for (const id of ['', 'x'.repeat(129), '\u0000', '1'.repeat(20_000)])
    expect((await gateway.graphql(swapQuery, { id })).data).toEqual({ swapResult: null });
});
