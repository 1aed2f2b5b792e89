import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';

interface Page {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

const query = `query ($first: Int, $after: String) { swaps(first: $first, after: $after) {
  edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

async function listSwaps({ graphql }: TestGateway, variables: object): Promise<Page> {
  const { data, errors } = await graphql(query, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.['swaps'] as Page;
}

test('lists the swaps of the client, newest first, page by page', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const gateway = await startGateway(upstream.env);
  const ids: string[] = [];
  for (let trackId = 1; trackId <= 5; trackId++) ids.unshift((await requestSwap(gateway, { trackId })).id);

  const first = await listSwaps(gateway, { first: 2 });
  expect(first.nodes.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(first.edges.map(({ node }) => node.id)).toEqual(ids.slice(0, 2));
  expect(first.pageInfo).toMatchObject({
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: first.edges[0]?.cursor,
    endCursor: first.edges[1]?.cursor,
  });

  await requestSwap(gateway, { trackId: 6 });
  const second = await listSwaps(gateway, { first: 3, after: first.pageInfo.endCursor });
  expect(second.nodes.map(({ id }) => id)).toEqual(ids.slice(2));
  expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });

  const beyond = await listSwaps(gateway, { after: second.pageInfo.endCursor });
  expect(beyond).toMatchObject({ edges: [], nodes: [], pageInfo: { startCursor: null, endCursor: null } });
});

test.each([
  [{ first: 0 }, 'first'],
  [{ first: 101 }, 'first'],
  [{ after: 'nonsense' }, 'after'],
  [{ after: Buffer.from('swap:-1').toString('base64url') }, 'after'],
])('rejects %j and names the argument', async (variables, path) => {
  const gateway = await startGateway((await startStubModelsLab()).env);
  const { errors } = await gateway.graphql(query, variables);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
});
