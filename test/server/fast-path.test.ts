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
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ServerOverrides } from '../../src/app/create-server.js';
import { createSchema } from '../../src/graphql/schema/schema.js';
import type { CachedExecution } from '../../src/server/http/graphql-handler.js';
import { createCommandParser } from '../../src/swap/request.js';
import { keysFor } from '../../testing/gateway-keys.js';
import {
  type GeneratedOperation,
  generatedOperation,
  generatedVariables,
  rarely,
} from '../../testing/generated-operations.js';
import { startTransport } from '../../testing/start-transport.js';
import { fixtureService } from '../../testing/swap-fixtures.js';

const schema = await createSchema();
const root = join(import.meta.dirname, '../..');
/** Apollo sees each text that often before it runs compiled. */
const warmUps = 4;
const casesPerOperation = 10;
/** For longer campaigns: DIFFERENTIAL_OPERATIONS=10000 npx vitest run test/server/fast-path.test.ts */
const operationsToTry = Number(process.env['DIFFERENTIAL_OPERATIONS'] ?? 1000);

interface Case {
  headers: Record<string, string>;
  body: string;
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** The same transport twice, over the same swaps: with the short way and without. */
async function startBoth(env: Record<string, string>): Promise<{
  ask(which: 'short' | 'plain', request: Case): Promise<Answer>;
  /** How many answers came by the short way. */
  taken(): number;
}> {
  let taken = 0;
  const count = <T>(answer: T): T => {
    if (answer !== undefined) taken++;
    return answer;
  };
  const policy = { allowHttp: false, allowLoopback: false };
  const services = {
    parseOrder: createCommandParser(policy, policy),
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
    }),
    readSamples: () => [{ url: 'https://example.com/samples/ada.jpg', title: 'Ada "A"', faces: 1 }],
  };
  const start = (shortWay: ServerOverrides['shortWay']) =>
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
      },
      overrides: { load: { delayMs: () => 0 }, shortWay },
    });
  const counted =
    (way: CachedExecution): CachedExecution =>
    (body, context) => {
      const answer = way(body, context);
      return answer instanceof Promise ? answer.then(count) : count(answer);
    };
  const [short, plain] = await Promise.all([start(counted), start(() => undefined)]);
  const pools = { short: new Pool(short.url), plain: new Pool(plain.url) };
  onTestFinished(async () => {
    await Promise.all([pools.short.close(), pools.plain.close()]);
  });
  return {
    taken: () => taken,
    async ask(which, { headers, body }) {
      const answer = await pools[which].request({ path: '/graphql', method: 'POST', headers, body });
      const { date: _date, 'keep-alive': _keepAlive, connection: _connection, ...kept } = answer.headers;
      return { status: answer.statusCode, headers: kept, body: await answer.body.text() };
    },
  };
}

const plainHeaders = {
  authorization: 'Bearer web-key',
  'content-type': 'application/json',
  'x-request-id': 'the-request',
};

/** How requests come, apart from what they ask for. Failed authentication is limited by address, so each has its own. */
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

async function compare({ ask }: Awaited<ReturnType<typeof startBoth>>, request: Case): Promise<void> {
  const [short, plain] = await Promise.all([ask('short', request), ask('plain', request)]);
  expect(short, `${JSON.stringify(request.headers)}\n${request.body}`).toEqual(plain);
}

async function compareAll(
  both: Awaited<ReturnType<typeof startBoth>>,
  operation: GeneratedOperation,
  cases: Case[],
): Promise<void> {
  for (let i = 0; i < warmUps; i++)
    await both.ask('short', { headers: plainHeaders, body: JSON.stringify({ query: operation.text }) });
  for (const request of cases) await compare(both, request);
}

describe('the short way answers in the same bytes as Fastify and Apollo', () => {
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
      // If it were hardly ever taken, the comparison would say nothing.
      expect(both.taken()).toBeGreaterThan((numRuns * casesPerOperation) / 4);
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
      expect(both.taken()).toBeGreaterThan(10);
    },
  );
});
