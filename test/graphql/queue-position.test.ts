import { expect, test } from 'vitest';
import { queuedSwap } from '../../src/swap/swap.js';
import type { SwapView } from '../../src/swap/watch.js';
import { createGraphqlClient } from '../../testing/graphql-client.js';
import { startGateway } from '../../testing/start-gateway.js';
import { startTransport } from '../../testing/start-transport.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, requestSwap } from '../../testing/swap-client.js';

/** Enough executions to be served by compiled operations, without Apollo. */
const times = 6;

async function startCounting() {
  let computed = 0;
  const swap = queuedSwap('a', 'local', { ...images, watermark: true }, 1);
  const view = (): SwapView => ({
    swap,
    async queuePosition() {
      computed += 1;
      return 7;
    },
  });
  const { url } = await startTransport({
    swaps: {
      get: async () => view(),
      request: async () => view(),
      cancel: async () => view(),
      list: async () => ({
        edges: [
          { cursor: '1', view: view() },
          { cursor: '2', view: view() },
        ],
        hasNextPage: false,
        hasPreviousPage: false,
      }),
    },
    services: { parseCommand: () => ({}) as never },
    fail: () => {
      throw new Error('not expected');
    },
  });
  return { ...createGraphqlClient(url), computed: () => computed };
}

const fields: [string, string, number][] = [
  ['a query', 'query { swapResult(id: "a") { id SELECTED } }', 1],
  ['a page', 'query { swaps { nodes { id } edges { node { id SELECTED } } } }', 2],
  [
    'a mutation',
    `mutation { singleFaceSwap(input: { initImage: "${images.initImage}", targetImage: "${images.targetImage}", referenceImage: "${images.referenceImage}" }) { id SELECTED } }`,
    1,
  ],
  ['a cancelation', 'mutation { cancelSwap(id: "a") { id SELECTED } }', 1],
];

test.each(fields)('%s computes positions only where they are selected', async (_what, document, count) => {
  const { graphql, computed } = await startCounting();
  const plain = document.replace('SELECTED', '');
  const skipping = document.replace('SELECTED', 'queuePosition @skip(if: true)');
  for (let n = 0; n < times; n++) {
    for (const text of [plain, skipping]) expect((await graphql(text)).errors).toBeUndefined();
  }
  expect(computed()).toBe(0);
  for (let n = 1; n <= times; n++) {
    const response = await graphql(
      `${document.replace('SELECTED', '...Place')} fragment Place on Swap { place: queuePosition }`,
    );
    expect(JSON.stringify(response)).toContain('"place":7');
    expect(computed()).toBe(n * count);
  }
});

test('a subscription that does not select the position gets no queue events', async () => {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({ ...upstream.env, MODELSLAB_QUEUE_LIMIT: '1' });
  await requestSwap(gateway, { trackId: 1 });
  await requestSwap(gateway, { trackId: 2 });
  const { id } = await requestSwap(gateway, { trackId: 3 });
  const follow = (selection: string): unknown[] => {
    const seen: unknown[] = [];
    const feed = gateway.subscribe(`subscription ($id: ID!) { swapUpdated(id: $id) { ${selection} } }`, {
      id,
    });
    void (async () => {
      for await (const { data } of feed) seen.push(data?.['swapUpdated']);
    })();
    return seen;
  };
  const plain = follow('status');
  const positioned = follow('status queuePosition');
  await expect.poll(() => [plain.length, positioned.length]).toEqual([1, 1]);
  (await upstream.submission(0)).answer(200, answers.success(1));
  await upstream.submission(1);
  await expect
    .poll(() => positioned)
    .toEqual([
      { status: 'QUEUED', queuePosition: 2 },
      { status: 'QUEUED', queuePosition: 1 },
    ]);
  expect(plain).toEqual([{ status: 'QUEUED' }]);
});
