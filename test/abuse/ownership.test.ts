import { expect, test } from 'vitest';
import { cpuTimeOf } from '../../testing/cpu-time.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { openSocket, type SocketMessage } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, swapFields, swapSubscription } from '../../testing/swap-client.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';

/** Ids that no swap has ever had: in the gateway's format, in ModelsLab's, and in neither. */
const unknownIds = ['00000000-0000-4000-8000-000000000000', '404404404', "' OR 1=1 --"];

interface World {
  gateway: TestGateway;
  /** The credentials of each client other than ada. */
  strangers: Record<string, string>;
  /** Ada's swaps: one at ModelsLab, by either id, and one waiting. */
  ids: { running: string; runningAtModelsLab: string; waiting: string };
}

async function prepare(): Promise<World> {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(7654321)));
  const issuer = await startTokenIssuer();
  const gateway = await startGateway({
    ...stub.env,
    ...issuer.env,
    GATEWAY_API_KEYS: keysFor('ada', 'bob'),
    MODELSLAB_QUEUE_LIMIT: '1',
  });
  const headers = bearer('ada');
  const running = await requestSwap(gateway, { idempotencyKey: 'mine' }, { headers });
  await expect
    .poll(async () => (await gateway.graphql(`{ swapResult(id: "7654321") { id } }`, {}, headers)).data)
    .toEqual({ swapResult: { id: running.id } });
  const waiting = await requestSwap(gateway, { trackId: 2 }, { headers });
  return {
    gateway,
    strangers: {
      'another key': bearer('bob').authorization,
      'a token with the same name': `Bearer ${await issuer.token({ sub: 'ada' })}`,
    },
    ids: { running: running.id, runningAtModelsLab: '7654321', waiting: waiting.id },
  };
}

/** Every operation that takes an id, by transport. Each returns what the client sees. */
const operations: Record<string, (world: World, authorization: string, id: string) => Promise<unknown>> = {
  'swapResult by POST': async ({ gateway }, authorization, id) => {
    const query = `query ($id: ID!) { swapResult(id: $id) { ${swapFields} } }`;
    const { status, data, errors } = await gateway.graphql(query, { id }, { authorization });
    return { status, data, errors };
  },
  'swapResult by GET': async ({ gateway }, authorization, id) => {
    const query = new URLSearchParams({
      query: `query ($id: ID!) { swapResult(id: $id) { id } }`,
      variables: JSON.stringify({ id }),
    });
    const response = await fetch(`${gateway.url}/graphql?${query}`, {
      headers: { authorization, 'apollo-require-preflight': '1' },
    });
    return [response.status, await response.json()];
  },
  'cancelSwap by POST': async ({ gateway }, authorization, id) => {
    const { status, data, errors } = await gateway.graphql(
      'mutation ($id: ID!) { cancelSwap(id: $id) { id } }',
      { id },
      { authorization },
    );
    return { status, data, errors };
  },
  'swapUpdated by WebSocket': async ({ gateway }, authorization, id) => {
    const socket = await openSocket(gateway.url);
    await socket.init({ authorization });
    socket.subscribe('1', swapSubscription, { id });
    const seen: SocketMessage[] = [await socket.next()];
    socket.send({ type: 'ping' });
    while (seen.at(-1)?.type !== 'pong') seen.push(await socket.next());
    socket.socket.close();
    return seen;
  },
};

test("another client's swap looks exactly like none, for every caller, id, operation and transport", async () => {
  const world = await prepare();
  for (const authorization of Object.values(world.strangers)) {
    for (const operation of Object.values(operations)) {
      const [nothing] = await Promise.all(
        unknownIds.slice(0, 1).map((id) => operation(world, authorization, id)),
      );
      for (const id of [...unknownIds, ...Object.values(world.ids)])
        expect(await operation(world, authorization, id)).toEqual(nothing);
    }
  }
});

test("other clients' lists do not have it, and their use of its idempotency key neither finds nor affects it", async () => {
  const { gateway, strangers, ids } = await prepare();
  const list = async (authorization: string) =>
    (await gateway.graphql('{ swaps { edges { node { id } } } }', {}, { authorization })).data;
  for (const authorization of Object.values(strangers)) {
    expect(await list(authorization)).toEqual({ swaps: { edges: [] } });
    const theirs = await requestSwap(
      gateway,
      { idempotencyKey: 'mine', trackId: 9 },
      { headers: { authorization } },
    );
    expect(Object.values(ids)).not.toContain(theirs.id);
    expect(await list(authorization)).toEqual({ swaps: { edges: [{ node: { id: theirs.id } }] } });
  }
  const again = await requestSwap(gateway, { idempotencyKey: 'mine' }, { headers: bearer('ada') });
  expect(again.id).toBe(ids.running);
});

test("another client's cursor does not give access to that client's swaps", async () => {
  const { gateway, strangers } = await prepare();
  const page = (authorization: string, after: string | null) =>
    gateway.graphql(
      'query ($after: String) { swaps(first: 1, after: $after) { edges { node { id } } pageInfo { endCursor } } }',
      { after },
      { authorization },
    );
  const { data } = await page(bearer('ada').authorization, null);
  const { endCursor } = (data as { swaps: { pageInfo: { endCursor: string } } }).swaps.pageInfo;
  const { data: turned } = await page(strangers['another key'] ?? '', endCursor);
  expect(turned).toMatchObject({ swaps: { edges: [] } });
});

test("rejecting access to another client's swap takes as long as to none", async () => {
  const world = await prepare();
  const authorization = world.strangers['another key'] ?? '';
  const query = 'query ($id: ID!) { swapResult(id: $id) { id } }';
  const time = (id: string): Promise<number> =>
    cpuTimeOf(() => world.gateway.graphql(query, { id }, { authorization }));
  const taken: Record<'none' | 'theirs', number[]> = { none: [], theirs: [] };
  for (let round = 0; round < 80; round++) {
    taken.none.push(await time(unknownIds[0] ?? ''));
    taken.theirs.push(await time(world.ids.waiting));
  }
  const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length / 2] ?? 0;
  expect(Math.abs(median(taken.none) - median(taken.theirs))).toBeLessThan(1);
});

test('the owner sees all of it, so the tests above are meaningful', async () => {
  const world = await prepare();
  const { authorization } = bearer('ada');
  for (const [name, operation] of Object.entries(operations)) {
    if (name.startsWith('cancel')) continue;
    expect(JSON.stringify(await operation(world, authorization, world.ids.running))).toContain(
      world.ids.running,
    );
  }
  const canceled = await operations['cancelSwap by POST']?.(world, authorization, world.ids.waiting);
  expect(canceled).toMatchObject({ data: { cancelSwap: { id: world.ids.waiting } } });
});
