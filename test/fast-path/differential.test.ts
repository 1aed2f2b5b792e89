import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import {
  type GraphQLInputType,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  typeFromAST,
} from 'graphql';
import { Pool } from 'undici';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createFastPath } from '../../src/fast-path/fast-path.js';
import { createSchema } from '../../src/graphql/schema/schema.js';
import type { FastPath } from '../../src/server/fast-path-port.js';
import { createCommandParser } from '../../src/swap/request.js';
import type { Swap } from '../../src/swap/swap.js';
import { keysFor } from '../../testing/gateway-keys.js';
import {
  type GeneratedOperation,
  generatedOperation,
  generatedVariables,
  rarely,
} from '../../testing/generated-operations.js';
import { createGraphqlClient } from '../../testing/graphql-client.js';
import { startGateway } from '../../testing/start-gateway.js';
import { startTransport } from '../../testing/start-transport.js';
import { fixtureService, peekFixture, swapFixtures } from '../../testing/swap-fixtures.js';

vi.mock('../../src/fast-path/fast-path.js', { spy: true });

const schema = await createSchema();
const root = join(import.meta.dirname, '../..');
/** How often Apollo executes each text before it runs compiled. */
const warmUps = 4;
const casesPerOperation = 10;
/** For longer campaigns: DIFFERENTIAL_OPERATIONS=10000 npx vitest run test/fast-path/differential.test.ts */
const operationsToTry = Number(process.env['DIFFERENTIAL_OPERATIONS'] ?? 1000);

interface Case {
  headers: Record<string, string>;
  body: string;
}

interface RawResponse {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** The same transport twice, over the same swaps: with FAST_PATH on and off. */
async function startBoth(env: Record<string, string>): Promise<{
  send(which: 'on' | 'off', request: Case): Promise<RawResponse>;
  /** Number of responses from cached execution. */
  fastPathCount(): number;
}> {
  let fastPathCount = 0;
  const count = <T>(response: T): T => {
    if (response !== undefined) fastPathCount++;
    return response;
  };
  const policy = { allowHttp: false, allowLoopback: false };
  const services = {
    parseCommand: createCommandParser(policy, policy),
    readStatus: async () => ({
      version: '1.2.3',
      upstream: 'SANDBOX' as const,
      queueLimit: 5,
      processing: 1,
      queued: 2,
      upstreamAvailable: true,
      consentRequired: false,
      uploadsAccepted: false,
      picturesReachable: true,
      pauseReason: null,
      pausedUntil: null,
    }),
    readSamples: () => [{ url: 'https://example.com/samples/ada.jpg', title: 'Ada "A"', faces: 1 }],
  };
  const counted = (fastPath: FastPath): FastPath => ({
    ...fastPath,
    createExecution(...given) {
      const execution = fastPath.createExecution(...given);
      return (body, context) => {
        const response = execution(body, context);
        return response instanceof Promise ? response.then(count) : count(response);
      };
    },
  });
  const start = (setting: 'on' | 'off') =>
    startTransport({
      swaps: fixtureService(),
      services,
      fail: () => {
        throw new Error('not to be called');
      },
      env: {
        GATEWAY_API_KEYS: keysFor('web', 'other'),
        ALLOWED_ORIGINS: 'https://app.example.com',
        TRUST_PROXY: '127.0.0.1',
        RATE_LIMIT: 'off',
        ...env,
        FAST_PATH: setting,
      },
      peekCached: peekFixture,
      wrapFastPath: counted,
      overrides: { load: { delayMs: () => 0 } },
    });
  const [on, off] = await Promise.all([start('on'), start('off')]);
  const pools = { on: new Pool(on.url), off: new Pool(off.url) };
  onTestFinished(async () => {
    await Promise.all([pools.on.close(), pools.off.close()]);
  });
  return {
    fastPathCount: () => fastPathCount,
    async send(which, { headers, body }) {
      const response = await pools[which].request({ path: '/graphql', method: 'POST', headers, body });
      const { date: _date, 'keep-alive': _keepAlive, connection: _connection, ...kept } = response.headers;
      return { status: response.statusCode, headers: kept, body: await response.body.text() };
    },
  };
}

const plainHeaders = {
  authorization: 'Bearer web-key',
  'content-type': 'application/json',
  'x-request-id': 'the-request',
};

/** Headers of the requests. Failed authentication is limited per address, so each request has its own address. */
const generatedHeaders = fc
  .record({
    authorization: rarely(
      4,
      fc.constantFrom('bearer  web-key', 'Bearer other-key', 'Bearer wrong', 'Basic x', ''),
    ),
    'content-type': rarely(
      4,
      fc.constantFrom(
        'application/json; charset=utf-8',
        'text/plain',
        'application/graphql',
        'application/json;x',
      ),
    ),
    accept: rarely(
      2,
      fc.constantFrom(
        '*/*',
        'application/json',
        'application/graphql-response+json',
        'application/graphql-response+json, application/json;q=0.9',
        'text/html',
        'multipart/mixed',
      ),
    ),
    origin: rarely(2, fc.constantFrom('https://app.example.com', 'https://evil.example.com', 'null')),
    'x-forwarded-for': fc.ipV4(),
  })
  .map((odd) => ({
    ...plainHeaders,
    ...(Object.fromEntries(Object.entries(odd).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >),
  }));

function generatedCase(operation: GeneratedOperation): fc.Arbitrary<Case> {
  const oddBody = fc.constantFrom(
    '{"query":1}',
    '[]',
    'null',
    '{}',
    '{',
    `[{"query":${JSON.stringify(operation.text)}}]`,
    `{"query":${JSON.stringify(operation.text)},"__proto__":{"a":1}}`,
    JSON.stringify({ query: operation.text, variables: '{}' }),
    JSON.stringify({ query: operation.text, variables: [] }),
    JSON.stringify({
      query: operation.text,
      extensions: { persistedQuery: { version: 1, sha256Hash: 'a' } },
    }),
  );
  const body = fc
    .record({
      query: fc.constant(operation.text),
      variables: generatedVariables(operation),
      operationName: fc.option(fc.constantFrom<string | number | undefined>(operation.name, 'Other', '', 3), {
        freq: 4,
      }),
      extensions: rarely(5, fc.constant({})),
    })
    .map((fields) => JSON.stringify(fields));
  return fc.record({
    headers: fc.oneof(
      { weight: 2, arbitrary: fc.constant(plainHeaders) },
      { weight: 1, arbitrary: generatedHeaders },
    ),
    body: fc.oneof({ weight: 12, arbitrary: body }, { weight: 1, arbitrary: oddBody }),
  });
}

async function compare({ send }: Awaited<ReturnType<typeof startBoth>>, request: Case): Promise<void> {
  const [on, off] = await Promise.all([send('on', request), send('off', request)]);
  expect(on, `${JSON.stringify(request.headers)}\n${request.body}`).toEqual(off);
}

async function compareAll(
  both: Awaited<ReturnType<typeof startBoth>>,
  operation: GeneratedOperation,
  cases: Case[],
): Promise<void> {
  for (let i = 0; i < warmUps; i++)
    await both.send('on', { headers: plainHeaders, body: JSON.stringify({ query: operation.text }) });
  for (const request of cases) await compare(both, request);
}

describe('with and without the fast path every response is byte-identical', () => {
  test.each([
    ['production', { NODE_ENV: 'production' }],
    ['development, with introspection', { NODE_ENV: 'development' }],
    ['tight limits', { NODE_ENV: 'development', MAX_QUERY_COST: '60', MAX_RESPONSE_BYTES: '700' }],
  ])(
    'for ten thousand generated requests: %s',
    async (_name, env) => {
      const both = await startBoth(env);
      const numRuns = env.NODE_ENV === 'production' ? operationsToTry : 100;
      const run = generatedOperation(schema).chain((operation) =>
        fc.tuple(
          fc.constant(operation),
          fc.array(generatedCase(operation), { minLength: casesPerOperation, maxLength: casesPerOperation }),
        ),
      );
      await fc.assert(
        fc.asyncProperty(run, ([operation, cases]) => compareAll(both, operation, cases)),
        { numRuns },
      );
      // If the fast path were hardly ever used, the comparison would prove nothing.
      expect(both.fastPathCount()).toBeGreaterThan((numRuns * casesPerOperation) / 8);
    },
    120 * operationsToTry,
  );

  const read = (path: string): string => {
    const text = readFileSync(join(root, path), 'utf8');
    return text.includes('...SwapCard') ? `${text}\n${read('web/src/operations/SwapCard.graphql')}` : text;
  };
  const paths = globSync(['schema/operations/*.graphql', 'web/src/operations/*.graphql'], { cwd: root });

  test.each(paths.filter((path) => /^(query|mutation)/m.test(read(path))))(
    'for the operation of %s',
    async (path) => {
      const text = read(path);
      const definition = getOperationAST(parse(text)) as OperationDefinitionNode;
      const both = await startBoth({});
      const variables = Object.fromEntries(
        (definition.variableDefinitions ?? []).map(({ variable, type }) => [
          variable.name.value,
          typeFromAST(schema, type as never) as GraphQLInputType,
        ]),
      );
      const operation = { text, name: definition.name?.value, variables };
      await compareAll(both, operation, fc.sample(generatedCase(operation), 100));
      expect(both.fastPathCount()).toBeGreaterThan(10);
    },
  );

  test.each([
    [
      'a fragment that is skipped once and spread again',
      'query ($id: ID!, $s: Boolean!) { swapResult(id: $id) { ...F @skip(if: $s) ...F } } fragment F on Swap { id status }',
      [
        { id: 'queued', s: true },
        { id: 'queued', s: false },
      ],
    ],
    [
      'a nullable condition with a default',
      'query ($id: ID!, $v: Boolean = true) { swapResult(id: $id) { id status @include(if: $v) } }',
      [{ id: 'queued', v: null }, { id: 'queued', v: false }, { id: 'queued' }],
    ],
    [
      'several errors, which graphql-jit reports in another order',
      'query ($a: ID!, $b: ID!) { a: swapResult(id: $a) { id } b: swapResult(id: $b) { meta { seed } } }',
      [{ a: 'crash', b: 'crooked' }],
    ],
    [
      'a string that graphql-jit would paste into its code',
      'query { swapResult(id: "__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d0)+(() => { throw 1; })()+(0") { id } }',
      [{}],
    ],
  ])('for %s', async (_what, query, variables) => {
    // The compiler is loaded on first use; earlier requests prove nothing.
    await import('graphql-jit');
    const both = await startBoth({});
    for (let i = 0; i < 3 * warmUps; i++)
      for (const given of variables)
        await compare(both, { headers: plainHeaders, body: JSON.stringify({ query, variables: given }) });
  });
});

test('a mutation whose response has several errors is executed once', async () => {
  let executions = 0;
  const { url } = await startTransport({
    swaps: {
      async redeliver() {
        executions += 1;
        return { swap: swapFixtures['crooked'] as Swap, queuePosition: null };
      },
    },
    fail: () => {
      throw new Error('not to be called');
    },
  });
  const { graphql } = createGraphqlClient(url);
  for (let i = 1; i <= 2 * warmUps; i++) {
    const { errors } = await graphql(
      'mutation ($id: ID!) { a: redeliverWebhook(id: $id) { id meta { seed } generationTime } }',
      { id: 'crooked' },
    );
    expect(errors).toHaveLength(2);
    expect(executions).toBe(i);
  }
});

test.each([
  ['on', 1],
  ['off', 0],
])('FAST_PATH=%s', async (setting, count) => {
  vi.mocked(createFastPath).mockClear();
  const { graphql } = await startGateway({ FAST_PATH: setting });
  expect(createFastPath).toHaveBeenCalledTimes(count);
  expect((await graphql('{ gatewayStatus { queued } }', {})).data).toEqual({ gatewayStatus: { queued: 0 } });
});
