import { createClient } from 'graphql-sse';
import { expect, test } from 'vitest';
import { readMetrics } from '../../testing/metrics.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';

const query = 'subscription ($id: ID!) { swapUpdated(id: $id) { id status } }';

async function start() {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const gateway = await startGateway(upstream.env);
  const client = createClient({ url: `${gateway.url}/graphql`, retryAttempts: 0 });
  return { upstream, gateway, client };
}

test("graphql-sse's client follows a swap to its end", async () => {
  const { upstream, gateway, client } = await start();
  const { id } = await requestSwap(gateway);
  const states: unknown[] = [];
  for await (const { data } of client.iterate({ query, variables: { id } })) {
    states.push((data?.['swapUpdated'] as { status: string } | undefined)?.status);
    if (states.length === 1) await expect.poll(() => upstream.sendWebhook(answers.success(1))).toBe(200);
  }
  expect(states.at(-1)).toBe('SUCCEEDED');
});

test("graphql-sse's client gets errors as results, of the operation and of its execution", async () => {
  const { client } = await start();
  const first = async (request: { query: string; variables?: Record<string, unknown> }) => {
    for await (const result of client.iterate(request)) return result.errors?.[0]?.extensions?.['code'];
    return undefined;
  };
  expect(await first({ query: 'subscription { nothing }' })).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(await first({ query, variables: { id: 'none' } })).toBe('NOT_FOUND');
  expect(await first({ query: '{ __typename }' })).toBe('BAD_REQUEST');
});

test("a stream that graphql-sse's client disposes of is released", async () => {
  const { gateway, client } = await start();
  const { id } = await requestSwap(gateway);
  const updates = client.iterate({ query, variables: { id } });
  await updates.next();
  expect((await readMetrics(gateway)).value('subscriptions')).toBe(1);
  await updates.return?.();
  await expect.poll(async () => (await readMetrics(gateway)).value('subscriptions')).toBe(0);
  await expect.poll(async () => (await readMetrics(gateway)).value('sockets')).toBe(0);
});
