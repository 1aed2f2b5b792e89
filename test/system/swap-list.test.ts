import { describe, expect, test } from 'vitest';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
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

const query = `query ($first: Int, $after: String, $status: [SwapStatus!], $createdAfter: DateTime, $createdBefore: DateTime) {
  swaps(first: $first, after: $after, status: $status, createdAfter: $createdAfter, createdBefore: $createdBefore) {
    edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const redis = redisForTests();
const backends: [string, () => Record<string, string>][] = [
  ['the embedded store', () => ({})],
  ['Redis', () => sharedEnv(redis)],
];
const idsOf = ({ nodes }: Page): string[] => nodes.map(({ id }) => id);

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

describe.each(backends)('with %s', (_name, env) => {
  /** A gateway whose upstream finishes or rejects swaps by their trackId, and leaves the others processing or queued. */
  async function start(settings: Record<string, string> = {}) {
    const upstream = await startStubModelsLab();
    upstream.handle((call) => {
      const trackId = Number(call.body['track_id']);
      if (trackId < 100) call.answer(200, answers.success(trackId));
      else if (trackId < 200) call.answer(200, answers.error('No face was found in the picture'));
      else call.answer(200, answers.processing(trackId, 600));
    });
    const gateway = await startGateway({
      ...upstream.env,
      ...env(),
      MODELSLAB_QUEUE_LIMIT: '1',
      ...settings,
    });
    const finish = async (trackId: number) => requestSwap(gateway, { trackId }, { wait: 20 });
    return { gateway, finish };
  }

  test('lists the swaps with a status, page by page, between any number of others', async () => {
    const { gateway, finish } = await start();
    const failed: string[] = [];
    const succeeded: string[] = [];
    for (let n = 1; n <= 4; n += 1) {
      failed.unshift((await finish(100 + n)).id);
      for (const trackId of [3 * n, 3 * n + 1]) succeeded.unshift((await finish(trackId)).id);
    }
    const processing = (await requestSwap(gateway, { trackId: 201 })).id;
    await expect
      .poll(async () => idsOf(await listSwaps(gateway, { status: ['PROCESSING'] })))
      .toEqual([processing]);
    const queued = [202, 203].map((trackId) => requestSwap(gateway, { trackId }));
    const queuedIds = (await Promise.all(queued)).map(({ id }) => id).reverse();

    const first = await listSwaps(gateway, { first: 3, status: ['FAILED'] });
    expect(idsOf(first)).toEqual(failed.slice(0, 3));
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await listSwaps(gateway, {
      first: 3,
      status: ['FAILED'],
      after: first.pageInfo.endCursor,
    });
    expect(idsOf(second)).toEqual(failed.slice(3));
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });

    expect(idsOf(await listSwaps(gateway, { status: ['SUCCEEDED', 'SUCCEEDED'] }))).toEqual(succeeded);
    expect(idsOf(await listSwaps(gateway, { first: 1, status: ['PROCESSING'] }))).toEqual([processing]);
    expect(idsOf(await listSwaps(gateway, { status: ['QUEUED'] })).sort()).toEqual(queuedIds.sort());
    expect(idsOf(await listSwaps(gateway, { status: [] }))).toEqual([]);
    expect(idsOf(await listSwaps(gateway, { status: ['EXPIRED', 'CANCELED'] }))).toEqual([]);
    expect(idsOf(await listSwaps(gateway, { status: null }))).toHaveLength(15);
    // A cursor is good for any filter.
    const older = await listSwaps(gateway, { status: ['SUCCEEDED'], after: first.pageInfo.endCursor });
    expect(idsOf(older)).toEqual(succeeded.slice(6));
  });

  test('lists the swaps of a time, exclusively, together with a status', async () => {
    const { gateway, finish } = await start();
    const swaps = [];
    for (const trackId of [1, 101, 2, 102]) swaps.push(await finish(trackId));
    const [a, b, c, d] = swaps.map(({ id, createdAt }) => ({ id, at: String(createdAt) }));
    const list = async (filter: object) => idsOf(await listSwaps(gateway, filter));
    expect(await list({ createdAfter: a?.at, createdBefore: d?.at })).toEqual([c?.id, b?.id]);
    expect(await list({ createdAfter: b?.at })).toEqual([d?.id, c?.id]);
    expect(await list({ createdBefore: b?.at, status: ['FAILED'] })).toEqual([]);
    expect(await list({ createdBefore: c?.at, status: ['FAILED'] })).toEqual([b?.id]);
    expect(await list({ createdAfter: d?.at })).toEqual([]);
    const inTokyo = new Date(Date.parse(String(c?.at)) + 9 * 3_600_000).toISOString().replace('Z', '+09:00');
    expect(await list({ createdBefore: inTokyo })).toEqual([b?.id, a?.id]);
  });

  test('a page of no swaps says whether there are any', async () => {
    const { gateway, finish } = await start();
    const empty = { edges: [], pageInfo: { hasNextPage: false, startCursor: null, endCursor: null } };
    expect(await listSwaps(gateway, { first: 0 })).toMatchObject(empty);
    await finish(1);
    const other = { ...empty, pageInfo: { ...empty.pageInfo, hasNextPage: true } };
    expect(await listSwaps(gateway, { first: 0 })).toMatchObject(other);
    expect(await listSwaps(gateway, { first: 0, status: ['SUCCEEDED'] })).toMatchObject(other);
    expect(await listSwaps(gateway, { first: 0, status: ['FAILED'] })).toMatchObject(empty);
  });

  test.each([[undefined], [['SUCCEEDED']]])(
    'never says that more follows when the rest has expired (%j)',
    async (status) => {
      const { gateway, finish } = await start({ RESULT_TTL_MS: '1500' });
      for (let trackId = 1; trackId <= 4; trackId += 1) await finish(trackId);
      const { pageInfo } = await listSwaps(gateway, { first: 2, status });
      expect(pageInfo).toMatchObject({ hasNextPage: true });
      await expect
        .poll(async () => listSwaps(gateway, { first: 1, after: pageInfo.endCursor, status }))
        .toMatchObject({ edges: [] });
      for (const after of [pageInfo.endCursor, undefined]) {
        const page = await listSwaps(gateway, { first: 1, after, status });
        expect([page.edges.length, page.pageInfo.hasNextPage]).toEqual(
          page.edges.length > 0 ? [1, expect.any(Boolean)] : [0, false],
        );
      }
    },
  );
});

test('a swap is listed with its status as soon as a subscriber has seen it', async () => {
  const gateway = await startGateway((await startStubModelsLab()).env);
  for (let trackId = 1; trackId <= 20; trackId += 1) {
    const { id } = await requestSwap(gateway, { trackId });
    const { data } = await gateway.graphql('mutation ($id: ID!) { cancelSwap(id: $id) { id } }', { id });
    if (!data) continue;
    expect(idsOf(await listSwaps(gateway, { first: 1, status: ['CANCELED'] }))).toEqual([id]);
    expect(idsOf(await listSwaps(gateway, { status: ['QUEUED'] }))).not.toContain(id);
  }
});

test('a cursor of an earlier version continues the list', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(1)));
  const gateway = await startGateway(upstream.env);
  const ids: string[] = [];
  for (let trackId = 1; trackId <= 3; trackId += 1) ids.unshift((await requestSwap(gateway, { trackId })).id);
  const after = Buffer.from('swap:3').toString('base64url');
  expect(idsOf(await listSwaps(gateway, { after }))).toEqual(ids.slice(1));
});

test.each([
  [{ first: -1 }, 'first'],
  [{ first: 101 }, 'first'],
  [{ after: 'nonsense' }, 'after'],
  [{ after: Buffer.from('swap:-1').toString('base64url') }, 'after'],
  [{ after: Buffer.from('swap:9999999999999999').toString('base64url') }, 'after'],
  [{ after: Buffer.from('swap:3').toString('base64url'), status: ['FAILED'] }, 'after'],
  ...['nonsense', '', '2026-01-31', '2026-02-30T12:00:00Z', '2026-01-31T12:00:00', '1790000000000'].flatMap(
    (time): [object, string][] => [
      [{ createdAfter: time }, 'createdAfter'],
      [{ createdBefore: time }, 'createdBefore'],
    ],
  ),
])('rejects %j and names the argument', async (variables, path) => {
  const gateway = await startGateway((await startStubModelsLab()).env);
  const { errors } = await gateway.graphql(query, variables);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
});
