import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLObjectType,
  getIntrospectionQuery,
  getNamedType,
  isObjectType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway } from '../../testing/start-gateway.js';
import { startTransport } from '../../testing/start-transport.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { fixtureService } from '../../testing/swap-fixtures.js';

const schema = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'));

/** Every field of a type that needs no argument, recursively. */
function everyField(type: GraphQLObjectType): string {
  return Object.values(type.getFields())
    .map((field) => {
      const below = getNamedType(field.type);
      return isObjectType(below) ? `${field.name} { ${everyField(below)} }` : field.name;
    })
    .join(' ');
}

const all = everyField(schema.getType('Swap') as GraphQLObjectType);
const pageInfo = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const pages = (count: number, page: string): string =>
  Array.from({ length: count }, (_, n) => `p${n}: swaps(${page}) { nodes { ${all} } ${pageInfo} }`).join(' ');
const tooCostly = {
  code: 'BAD_USER_INPUT',
  cost: expect.toSatisfy((cost: number) => cost > 12_500),
  maxCost: 12_500,
};

describe.each([
  ['before its text is known', 0],
  ['by the fast path', 5],
])('an operation %s', (_name, warmUps) => {
  async function setUp(query: string) {
    const env = { MODELSLAB_API_KEY: 'key-of-nothing', MODELSLAB_BASE_URL: 'http://127.0.0.1:9' };
    const { graphql } = await startGateway({ NODE_ENV: 'production', ...env });
    for (let n = 0; n < warmUps; n += 1) await graphql(query, { first: 1 });
    return (variables?: object) => graphql(query, variables);
  }

  test('for one page of 100 with all fields runs', async () => {
    const run = await setUp(`{ ${pages(1, 'first: 100')} }`);
    expect(await run()).toMatchObject({ status: 200, errors: undefined });
  });

  test('for one page of 100 with all fields, as nodes and as edges, runs', async () => {
    const run = await setUp(
      `{ swaps(first: 100) { nodes { ${all} } edges { cursor node { ${all} } } ${pageInfo} } }`,
    );
    expect(await run()).toMatchObject({ status: 200, errors: undefined });
  });

  test('for five of them is rejected before execution', async () => {
    const run = await setUp(`{ ${pages(5, 'first: 100')} }`);
    expect(await run()).toMatchObject({ status: 400, data: undefined, errors: [{ extensions: tooCostly }] });
  });

  test('is rejected for the page size in a variable, and runs with a smaller one', async () => {
    const run = await setUp(`query ($first: Int) { ${pages(5, 'first: $first')} }`);
    expect(await run({ first: 5 })).toMatchObject({ status: 200, errors: undefined });
    expect(await run({ first: 100 })).toMatchObject({ status: 400, errors: [{ extensions: tooCostly }] });
    expect(await run({})).toMatchObject({ status: 200 });
    expect((await run({ first: 2_147_483_647 })).errors).toMatchObject([{ extensions: tooCostly }]);
    expect((await run({ first: -1 })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('is rejected for the default value of a variable', async () => {
    const run = await setUp(`query ($first: Int = 100) { ${pages(5, 'first: $first')} }`);
    expect((await run({})).errors).toMatchObject([{ extensions: tooCostly }]);
    expect((await run({ first: 5 })).errors).toBeUndefined();
  });

  test('that hides its fields in fragments and skipped parts is rejected', async () => {
    const run = await setUp(
      `query ($first: Int) { a: swaps(first: 100) { ...P ...P } b: swaps(first: 100) { ...P } }
       fragment P on SwapConnection { nodes { ...S @skip(if: true) ... on Swap @include(if: true) { ...S } } }
       fragment S on Swap { ${all} }`.replace('($first: Int) ', ''),
    );
    expect((await run()).errors).toMatchObject([{ extensions: tooCostly }]);
  });
});

test('the same limit applies over a socket', async () => {
  const { url } = await startGateway({ MAX_QUERY_COST: '10' });
  const socket = await openSocket(url);
  await socket.init();
  socket.subscribe('1', `subscription { swapUpdated(id: "1") { ${all} } }`);
  expect(await socket.next()).toMatchObject({
    id: '1',
    type: 'error',
    payload: [{ extensions: { code: 'BAD_USER_INPUT', maxCost: 10 } }],
  });
  const doubling = Array.from(
    { length: 20 },
    (_, n) => `fragment F${n} on Swap { ...F${n + 1} ...F${n + 1} }`,
  );
  socket.subscribe(
    '2',
    `subscription { swapUpdated(id: "1") { ...F0 } } ${doubling.join(' ')} fragment F20 on Swap { id }`,
  );
  expect(await socket.next()).toMatchObject({ id: '2', payload: [{ extensions: { cost: 2 ** 20 + 1 } }] });
  socket.subscribe('3', 'subscription { swapUpdated(id: "1") { id } }');
  expect(JSON.stringify(await socket.next())).toContain('NOT_FOUND');
});

test('the same limit applies to GET', async () => {
  const { url } = await startGateway();
  const text = `{ ${pages(5, 'first: 100')} }`;
  const response = await fetch(`${url}/graphql?query=${encodeURIComponent(text)}`, {
    headers: { 'apollo-require-preflight': '1' },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: tooCostly }] });
});

test('the introspection query of tools costs nothing where introspection is allowed', async () => {
  const { graphql } = await startGateway({ MAX_QUERY_COST: '1', INTROSPECTION: 'on' });
  expect(await graphql(getIntrospectionQuery())).toMatchObject({ status: 200, errors: undefined });
});

describe('a response that is too long', () => {
  const query = `{ swapResult(id: "succeeded") { ${all} } }`;
  const start = (env: Record<string, string>) =>
    startTransport({
      swaps: fixtureService(),
      fail: () => {
        throw new Error('not to be called');
      },
      env: { GATEWAY_API_KEYS: keysFor('web'), ...env },
    });
  const post = async (
    url: string,
    text: string,
  ): Promise<{ status: number; body: object; length: number }> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer('web') },
      body: JSON.stringify({ query: text }),
    });
    const body = await response.text();
    return { status: response.status, body: JSON.parse(body) as object, length: Buffer.byteLength(body) };
  };

  test('is rejected with its length, and one of exactly the allowed length is sent', async () => {
    const { length } = await post((await start({})).url, query);
    const exact = await start({ MAX_RESPONSE_BYTES: String(length) });
    const short = await start({ MAX_RESPONSE_BYTES: String(length - 1) });
    // First by Apollo, then compiled, then from the response cache.
    for (let n = 0; n < 6; n += 1) {
      expect((await post(exact.url, query)).status).toBe(200);
      expect(await post(short.url, query)).toMatchObject({
        status: 400,
        body: { errors: [{ extensions: { code: 'BAD_USER_INPUT', bytes: length, maxBytes: length - 1 } }] },
      });
    }
  });

  test('is still sent for a mutation, which has taken effect', async () => {
    const { url } = await start({ MAX_RESPONSE_BYTES: '10' });
    const text = '# by fragment\nfragment F on Swap { id } mutation { cancelSwap(id: "queued") { ...F } }';
    for (let n = 0; n < 6; n += 1)
      expect(await post(url, text)).toMatchObject({
        status: 200,
        body: { data: { cancelSwap: { id: 'queued' } } },
      });
  });

  test('is replaced by an error in a subscription, which continues', async () => {
    const upstream = await startStubModelsLab();
    upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
    const gateway = await startGateway({ ...upstream.env, MAX_RESPONSE_BYTES: '200' });
    const { id } = await requestSwap(gateway);
    await upstream.submission();
    const updates = gateway.subscribe(`subscription ($id: ID!) { swapUpdated(id: $id) { ${all} } }`, { id });
    const codes: unknown[] = [];
    for await (const { errors } of updates) {
      codes.push(errors?.[0]?.extensions?.['code']);
      if (codes.length === 1) await upstream.sendWebhook(answers.success(1));
    }
    expect(codes.length).toBeGreaterThan(1);
    expect(new Set(codes)).toEqual(new Set(['BAD_USER_INPUT']));
  });
});
