import { expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, swapFields } from '../../testing/swap-client.js';

const nodesQuery = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Swap { status } } }`;

async function startWithSwaps() {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.success(Number(call.body['track_id']))));
  const gateway = await startGateway({ ...stub.env, GATEWAY_API_KEYS: keysFor('ada', 'bob') });
  const request = async (trackId: number, client: string) =>
    requestSwap(gateway, { trackId }, { wait: 20, headers: bearer(client) });
  const mine = [await request(1, 'ada'), await request(2, 'ada')];
  return { gateway, mine, other: await request(3, 'bob') };
}

const read = async ({ graphql }: TestGateway, query: string, variables: object) => {
  const { data, errors } = await graphql(query, variables, bearer('ada'));
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};

test('node returns a swap with the same fields as swapResult', async () => {
  const { gateway, mine } = await startWithSwaps();
  const query = `query ($id: ID!) { node(id: $id) { id ... on Swap { ${swapFields} } } swapResult(id: $id) { ${swapFields} } }`;
  for (let n = 0; n < 6; n += 1) {
    const data = await read(gateway, query, { id: mine[0]?.id });
    expect(data?.['node']).toEqual(data?.['swapResult']);
    expect(data?.['node']).toMatchObject({ status: 'SUCCEEDED' });
  }
});

test('nodes keeps the order, repeats what is repeated, and has null for everything that is not the own', async () => {
  const { gateway, mine, other } = await startWithSwaps();
  const [a, b] = mine.map(({ id }) => ({ __typename: 'Swap', id, status: 'SUCCEEDED' }));
  const ids = [b?.id, 'unknown', other.id, a?.id, '1', b?.id, '', 'x'.repeat(10_000)];
  for (let n = 0; n < 6; n += 1)
    expect(await read(gateway, nodesQuery, { ids })).toEqual({
      nodes: [b, null, null, a, null, b, null, null],
    });
  expect(await read(gateway, nodesQuery, { ids: [] })).toEqual({ nodes: [] });
  expect(await read(gateway, nodesQuery, { ids: a?.id })).toEqual({ nodes: [a] });
  expect(await read(gateway, `query ($id: ID!) { node(id: $id) { id } }`, { id: other.id })).toEqual({
    node: null,
  });
  expect(await read(gateway, `query ($id: ID!) { node(id: $id) { id } }`, { id: '1' })).toEqual({
    node: null,
  });
});

test('more than 100 ids are rejected, and each one counts towards the cost', async () => {
  const { gateway } = await startWithSwaps();
  const ids = (count: number) => Array.from({ length: count }, (_, n) => `unknown-${n}`);
  expect((await read(gateway, nodesQuery, { ids: ids(100) }))?.['nodes']).toHaveLength(100);
  const over = await gateway.graphql(nodesQuery, { ids: ids(101) }, bearer('ada'));
  expect(over.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'ids' }] });
  const costly = `query ($ids: [ID!]!) { ${'abcde'
    .split('')
    .map((alias) => `${alias}: nodes(ids: $ids) { id ... on Swap { ${swapFields} } }`)
    .join(' ')} }`;
  for (let n = 0; n < 6; n += 1) {
    const { errors } = await gateway.graphql(costly, { ids: ids(100) }, bearer('ada'));
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', maxCost: 12_500 });
  }
  const literal = costly.replace('($ids: [ID!]!) ', '').replaceAll('$ids', JSON.stringify(ids(100)));
  const { errors } = await gateway.graphql(literal, {}, bearer('ada'));
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', maxCost: 12_500 });
});
