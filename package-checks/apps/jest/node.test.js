const { createSwapClient, SwapClientError } = require('@face-swap-gateway/client');

const url = process.env.GATEWAY_URL;
const input = {
  initImage: `${url}/samples/ada.jpg`,
  targetImage: `${url}/samples/bruno.jpg`,
  referenceImage: `${url}/samples/ada.jpg`,
};

test('a swap', async () => {
  const swaps = createSwapClient({ url });
  const states = [];
  const swap = await swaps.swap(input, { onUpdate: ({ status }) => states.push(status) });
  expect(swap).toMatchObject({ status: 'SUCCEEDED', error: null });
  expect(states.at(-1)).toBe('SUCCEEDED');
  swaps.close();
}, 30_000);

test('a refused request', async () => {
  const swaps = createSwapClient({ url });
  const error = await swaps.swap({ ...input, initImage: 'no URL' }).catch((error) => error);
  expect(error).toBeInstanceOf(SwapClientError);
  expect(error.code).toBe('BAD_USER_INPUT');
  swaps.close();
});
