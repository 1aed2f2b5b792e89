/** @jest-environment jsdom */
const { createSwapClient } = require('@face-swap-gateway/client');

test('a component test with a fetch of its own, since jsdom has none', async () => {
  const swap = { id: 'one', status: 'SUCCEEDED', output: ['https://example.com/1.jpg'], error: null };
  const fetch = jest.fn(async () => ({
    ok: true,
    status: 200,
    headers: { get: () => 'application/json' },
    text: async () => JSON.stringify({ data: { singleFaceSwap: swap } }),
    json: async () => ({ data: { singleFaceSwap: swap } }),
  }));
  const swaps = createSwapClient({ url: 'https://swaps.example.com', fetch, storage: localStorage });
  const picture = 'https://example.com/a.jpg';
  const result = await swaps.swap({ initImage: picture, targetImage: picture, referenceImage: picture });
  expect(result).toMatchObject({ status: 'SUCCEEDED', output: swap.output });
  expect(fetch).toHaveBeenCalledTimes(1);
});
