import { beforeEach, describe, expect, test } from 'vitest';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway } from '../../testing/start-gateway.js';

type Gateway = Awaited<ReturnType<typeof startGateway>>;

/** More executions than it takes for an operation to be compiled. */
const times = [1, 2, 3, 4, 5, 6];

describe('null for a non-null argument whose variable has a default value', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await startGateway();
  });

  test.each([
    ['query ($id: ID = "x") { swapResult(id: $id) { id } }', 'id'],
    ['query ($if: Boolean = true) { swaps { nodes { id @include(if: $if) } } }', 'if'],
    ['query ($if: Boolean = true) { swaps @skip(if: $if) { nodes { id } } }', 'if'],
    [
      'query ($if: Boolean = true) { ...F } fragment F on Query { swaps @skip(if: $if) { nodes { id } } }',
      'if',
    ],
    ['mutation ($id: ID = "x") { cancelSwap(id: $id) { id } }', 'id'],
    ['mutation ($id: ID = "x") { redeliverWebhook(id: $id) { id } }', 'id'],
    [
      'mutation ($url: URL = "x") { singleFaceSwap(input: { initImage: $url, targetImage: $url, referenceImage: $url }) { id } }',
      'url',
    ],
  ])('is BAD_USER_INPUT, compiled or not: %s', async (document, name) => {
    for (const _time of times) {
      const { status, errors } = await gateway.graphql(document, { [name]: null });
      expect(status).toBe(400);
      expect(errors?.map(({ extensions }) => extensions)).toEqual([
        { code: 'BAD_USER_INPUT', fields: [{ path: name, message: 'must not be null' }] },
      ]);
    }
  });

  test('is accepted where null is allowed, and so is omitting the variable', async () => {
    for (const _time of times) {
      const optional = 'query ($first: Int = 5) { swaps(first: $first) { nodes { id } } }';
      expect((await gateway.graphql(optional, { first: null })).data).toEqual({ swaps: { nodes: [] } });
      const required = 'query ($id: ID = "x") { swapResult(id: $id) { id } }';
      expect((await gateway.graphql(required)).data).toEqual({ swapResult: null });
    }
  });
});

describe('a subscription', () => {
  test.each([
    ['that is missing', 'subscription ($id: ID!) { swapUpdated(id: $id) { id } }', {}],
    ['of the wrong type', 'subscription ($id: ID!) { swapUpdated(id: $id) { id } }', { id: {} }],
    ['that is a list', 'subscription ($id: ID!) { swapUpdated(id: $id) { id } }', { id: ['x'] }],
    ['that is a fraction', 'subscription ($id: ID!) { swapUpdated(id: $id) { id } }', { id: 1.5 }],
    ['that is null', 'subscription ($id: ID!) { swapUpdated(id: $id) { id } }', { id: null }],
    [
      'of the wrong type in spite of a default',
      'subscription ($id: ID! = "x") { swapUpdated(id: $id) { id } }',
      { id: {} },
    ],
    ['named like a prototype', 'subscription ($__proto__: ID!) { swapUpdated(id: $__proto__) { id } }', {}],
    [
      'named like an inherited method',
      'subscription ($toString: ID!) { swapUpdated(id: $toString) { id } }',
      {},
    ],
    [
      'that is missing for a directive',
      'subscription ($id: ID!, $if: Boolean!) { swapUpdated(id: $id) { id status @include(if: $if) } }',
      { id: 'x' },
    ],
    [
      'of the wrong type for a directive',
      'subscription ($id: ID!, $if: Boolean!) { swapUpdated(id: $id) { id status @include(if: $if) } }',
      { id: 'x', if: 'yes' },
    ],
    [
      'that is null in spite of a default',
      'subscription ($id: ID = "x") { swapUpdated(id: $id) { id } }',
      { id: null },
    ],
    [
      'that is null for a directive',
      'subscription ($id: ID!, $if: Boolean = true) { swapUpdated(id: $id) { id status @include(if: $if) } }',
      { id: 'x', if: null },
    ],
  ])(
    'with a variable %s is BAD_USER_INPUT, as over HTTP, and the socket stays open',
    async (_what, query, variables) => {
      const { url, logs } = await startGateway();
      const socket = await openSocket(url);
      await socket.init();
      for (const time of times) {
        socket.subscribe(String(time), query, variables);
        const { type, payload } = await socket.next();
        const errors = type === 'error' ? payload : (payload as { errors: unknown }).errors;
        expect(errors).toEqual([
          expect.objectContaining({ extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }) }),
        ]);
        if (type === 'next') expect(await socket.next()).toEqual({ id: String(time), type: 'complete' });
      }
      expect(logs.lines().filter(({ level }) => level === 'error')).toEqual([]);
    },
  );

  test.each([
    'subscription ($id: ID!, $if: Boolean!) { swapUpdated(id: $id) @include(if: $if) { id } }',
    'subscription ($id: ID!, $if: Boolean!) { ...F } fragment F on Subscription { ...F swapUpdated(id: $id) @skip(if: $if) { id } }',
    'subscription ($id: ID!) { swapUpdated(id: $id) @include { id } }',
    'subscription ($id: ID!) { swapUpdated(id: $id) @include(if: "x") { id } }',
    'subscription ($id: ID!) { swapUpdated(id: $id) @include(if: false) { id } }',
    'subscription ($id: ID!) { swapUpdated(id: $id) @skip(if: true) { id } }',
    'subscription ($id: ID!) { ... @skip(if: true) { swapUpdated(id: $id) { id } } }',
    'subscription ($id: ID!) { ...F @skip(if: true) } fragment F on Subscription { swapUpdated(id: $id) { id } }',
    'subscription ($id: ID!) { ...F } fragment F on Subscription { swapUpdated(id: $id) @skip(if: true) { id } }',
  ])('whose root field may be skipped is invalid on both transports: %s', async (document) => {
    const { url, logs, graphql } = await startGateway();
    const socket = await openSocket(url);
    await socket.init();
    socket.subscribe('1', document, { id: 'x', if: true });
    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
    const { status, errors } = await graphql(document, { id: 'x', if: true });
    expect(status).toBe(400);
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(logs.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });
});
