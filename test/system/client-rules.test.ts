import { describe, expect, test } from 'vitest';
import { type Scope, scopes } from '../../src/swap/principal.js';
import { createClientsFile, type FileClient } from '../../testing/clients-file.js';
import { bearer } from '../../testing/gateway-keys.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, requestSwap, swapMutation } from '../../testing/swap-client.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';

const redis = redisForTests();

/** A gateway with these clients whose swaps stay at ModelsLab. */
async function start(clients: FileClient[], env: Record<string, string> = {}) {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(Math.floor(Math.random() * 1e9), 600)));
  const file = createClientsFile(...clients);
  const gateway = await startGateway({ ...stub.env, CLIENTS_FILE: file.path, ...env });
  /** The error code of a request for another swap; undefined if it was accepted. */
  const request = async (client: string, input: object = {}) => {
    const variables = { input: { ...images, reuse: 'NEVER', ...input } };
    const { errors } = await gateway.graphql(swapMutation, variables, bearer(client));
    return errors?.[0]?.extensions['code'];
  };
  const requestAll = async (client: string, count: number): Promise<unknown[]> => {
    const outcomes: unknown[] = [];
    for (let n = 0; n < count; n++) outcomes.push(await request(client));
    return outcomes;
  };
  return { gateway, file, stub, request, requestAll };
}

const backends: [string, () => Record<string, string>][] = [
  ['the embedded backend', () => ({})],
  ['Redis', () => sharedEnv(redis)],
];

describe.each(backends)('on %s', (_backend, env) => {
  test('each client has its own limit on swaps per day; others have the default', async () => {
    const clients = [
      { name: 'few', quotas: { swapsPerDay: 1 } },
      { name: 'many', quotas: { swapsPerDay: 4 } },
      { name: 'all', quotas: { swapsPerDay: 'off' } },
      { name: 'default' },
    ] satisfies FileClient[];
    const { requestAll, request, file, gateway } = await start(clients, { ...env(), SWAPS_PER_DAY: '2' });
    const limited = (count: number) =>
      Array.from({ length: 5 }, (_, n) => (n < count ? undefined : 'RATE_LIMITED'));
    expect(await requestAll('few', 5)).toEqual(limited(1));
    expect(await requestAll('many', 5)).toEqual(limited(4));
    expect(await requestAll('all', 5)).toEqual(limited(5));
    expect(await requestAll('default', 5)).toEqual(limited(2));
    file.write({ name: 'few', quotas: { swapsPerDay: 2 } }, { name: 'all', quotas: { swapsPerDay: 5 } });
    await gateway.gateway.reload();
    expect([await request('few'), await request('few')]).toEqual([undefined, 'RATE_LIMITED']);
    expect(await request('all')).toBe('RATE_LIMITED');
  });

  test('each client has its own limit on waiting swaps; others have the default', async () => {
    const clients = [
      { name: 'few', quotas: { maxWaiting: 1 } },
      { name: 'many', quotas: { maxWaiting: 4 } },
      { name: 'default' },
    ];
    const { gateway, stub, requestAll, request, file } = await start(clients, {
      ...env(),
      MODELSLAB_QUEUE_LIMIT: '1',
      MAX_WAITING_PER_CLIENT: '2',
    });
    await requestSwap(gateway, {}, { headers: bearer('default') });
    await stub.submission();
    const limited = (count: number) =>
      Array.from({ length: 5 }, (_, n) => (n < count ? undefined : 'QUEUE_FULL'));
    expect(await requestAll('few', 5)).toEqual(limited(1));
    expect(await requestAll('many', 5)).toEqual(limited(4));
    expect(await requestAll('default', 5)).toEqual(limited(2));
    file.write({ name: 'few', quotas: { maxWaiting: 2 } }, { name: 'many', quotas: { maxWaiting: 3 } });
    await gateway.gateway.reload();
    expect([await request('few'), await request('few')]).toEqual([undefined, 'QUEUE_FULL']);
    expect(await request('many')).toBe('QUEUE_FULL');
  });
});

/** The fields that a request for a swap is rejected for. */
async function problemsOf({ graphql }: TestGateway, headers: Record<string, string>, input: object) {
  const { errors } = await graphql(swapMutation, { input: { ...images, ...input } }, headers);
  return errors?.[0]?.extensions['fields'] ?? errors?.[0]?.extensions['code'] ?? 'accepted';
}

const watermarkProblem = {
  path: 'input.watermark',
  message: 'must not be false: this client may not request pictures without a watermark',
};
const consentProblem = {
  path: 'input.consent',
  message: 'must be true: this gateway requires you to confirm that the people shown have agreed',
};

test('a client whose watermark is required cannot turn it off; the default is on', async () => {
  const { gateway, stub, file } = await start([
    { name: 'free' },
    { name: 'marked', watermark: 'required' },
    { name: 'chooses', watermark: 'client' },
  ]);
  expect(await problemsOf(gateway, bearer('marked'), { watermark: false })).toEqual([watermarkProblem]);
  expect(stub.submissions()).toEqual([]);
  for (const watermark of [true, null, undefined]) {
    expect(await problemsOf(gateway, bearer('marked'), { watermark })).toBe('accepted');
  }
  expect((await stub.submission()).body['watermark']).toBe(true);
  for (const client of ['free', 'chooses'])
    expect(await problemsOf(gateway, bearer(client), { watermark: false })).toBe('accepted');
  file.write({ name: 'free', watermark: 'required' }, { name: 'marked' });
  await gateway.gateway.reload();
  expect(await problemsOf(gateway, bearer('free'), { watermark: false })).toEqual([watermarkProblem]);
  expect(await problemsOf(gateway, bearer('marked'), { watermark: false })).toBe('accepted');
});

test('a client that must confirm consent is rejected without it, and gatewayStatus says so', async () => {
  const { gateway } = await start([{ name: 'free' }, { name: 'asked', consent: 'required' }]);
  for (const consent of [undefined, null, false])
    expect(await problemsOf(gateway, bearer('asked'), { consent })).toEqual([consentProblem]);
  expect(await problemsOf(gateway, bearer('asked'), { consent: true })).toBe('accepted');
  expect(await problemsOf(gateway, bearer('free'), {})).toBe('accepted');
  for (const [client, consentRequired] of [
    ['asked', true],
    ['free', false],
  ] as const) {
    const { data } = await gateway.graphql('{ gatewayStatus { consentRequired } }', {}, bearer(client));
    expect(data).toEqual({ gatewayStatus: { consentRequired } });
  }
});

test('pictures that show no real person need no consent: the samples of this gateway, and nothing that looks like them', async () => {
  const { gateway } = await start([{ name: 'asked', consent: 'required' }], {
    PUBLIC_URL: 'https://swaps.example.com',
  });
  const sample = (name: string): string => `https://swaps.example.com/samples/${name}`;
  const drawn = {
    initImage: sample('friends.jpg'),
    targetImage: sample('ada.jpg'),
    referenceImage: sample('chen.jpg'),
  };
  expect(await problemsOf(gateway, bearer('asked'), drawn)).toBe('accepted');
  for (const initImage of [
    'https://elsewhere.example.com/samples/ada.jpg',
    'https://swaps.example.com.evil.example/samples/ada.jpg',
    sample('nobody.jpg'),
    sample('ada.jpg/photo.jpg'),
    'https://swaps.example.com/uploads/samples/ada.jpg',
    'https://swaps.example.com/uploads/0123456789abcdef0123456789abcdef.jpg',
    'https://swaps.example.com:80/samples/ada.jpg',
  ])
    expect(await problemsOf(gateway, bearer('asked'), { ...drawn, initImage })).toEqual([consentProblem]);
  // Other problems are reported as ever.
  const both = await problemsOf(gateway, bearer('asked'), { ...drawn, initImage: 'nothing' });
  expect(both).toContainEqual({ path: 'input.initImage', message: 'must be an absolute URL' });
});

test('with REQUIRE_CONSENT=on no client is exempt', async () => {
  const { gateway } = await start([{ name: 'free', consent: 'client' }], { REQUIRE_CONSENT: 'on' });
  expect(await problemsOf(gateway, bearer('free'), {})).toEqual([consentProblem]);
});

test('all invalid fields are reported together with what the client must do', async () => {
  const { gateway } = await start([{ name: 'web', consent: 'required', watermark: 'required' }]);
  const input = { watermark: false, targetImage: 'ftp://x', trackId: 1 };
  const problems = await problemsOf(gateway, bearer('web'), input);
  expect((problems as { path: string }[]).map(({ path }) => path)).toEqual([
    'input.targetImage',
    'input.watermark',
    'input.consent',
  ]);
});

/** What each scope allows, each as the code of the error, or undefined. */
type Operation = (gateway: TestGateway, id: string, headers: Record<string, string>) => Promise<unknown>;
const graphql =
  (query: string): Operation =>
  async ({ graphql: send }, id, headers) =>
    (await send(query, { id }, headers)).errors?.[0]?.extensions['code'];
const httpCode = async (response: Response): Promise<unknown> => {
  const { errors } = (await response.json()) as { errors?: { extensions?: { code: string } }[] };
  return errors?.[0]?.extensions?.code;
};

const operations: Record<string, [Scope, Operation]> = {
  singleFaceSwap: [
    'swap',
    async ({ graphql: send }, _id, headers) =>
      (await send(swapMutation, { input: images }, headers)).errors?.[0]?.extensions['code'],
  ],
  redeliverWebhook: ['swap', graphql('mutation ($id: ID!) { redeliverWebhook(id: $id) { id } }')],
  swapResult: ['read', graphql('query ($id: ID!) { swapResult(id: $id) { id } }')],
  swaps: ['read', graphql('{ swaps { edges { node { id } } } }')],
  download: [
    'read',
    async ({ url }, id, headers) => httpCode(await fetch(`${url}/swaps/${id}/download`, { headers })),
  ],
  cancelSwap: ['cancel', graphql('mutation ($id: ID!) { cancelSwap(id: $id) { id } }')],
  upload: [
    'upload',
    async ({ url }, _id, headers) => httpCode(await fetch(`${url}/uploads`, { method: 'POST', headers })),
  ],
};

test.each(Object.entries(operations))(
  '%s needs the scope that is named for it',
  async (_name, [scope, operation]) => {
    const { gateway } = await start([
      { name: 'web' },
      { name: 'only', scopes: [scope] },
      { name: 'without', scopes: scopes.filter((other) => other !== scope) },
      { name: 'none', scopes: [] },
    ]);
    const { id } = await requestSwap(gateway, {}, { headers: bearer('web') });
    for (const client of ['web', 'only'])
      expect(await operation(gateway, id, bearer(client))).not.toBe('FORBIDDEN');
    for (const client of ['without', 'none'])
      expect(await operation(gateway, id, bearer(client))).toBe('FORBIDDEN');
  },
);

const claims: [string, object, Scope[]][] = [
  ['scope as a text', { scope: 'openid swap  read' }, ['swap', 'read']],
  ['scp as a list', { scp: ['swap', 'email'] }, ['swap']],
  ['scp as a text', { scp: 'read' }, ['read']],
  ['both', { scope: 'swap', scp: ['read'] }, ['swap', 'read']],
  ['none', {}, []],
  ['none of ours', { scope: 'openid profile' }, []],
  ['names that only contain ours', { scope: 'swap:read READ read_all' }, []],
  ['other types', { scope: 7, scp: { swap: true } }, []],
];

test.each(claims)(
  'with AUTH_JWT_SCOPES=on, a token may do what it says: %s',
  async (_case, claim, granted) => {
    const issuer = await startTokenIssuer();
    const headers = { authorization: `Bearer ${await issuer.token(claim as never)}` };
    const strict = await startGateway({ ...issuer.env, AUTH_JWT_SCOPES: 'on' });
    const lenient = await startGateway(issuer.env);
    for (const [scope, operation] of [operations['redeliverWebhook'], operations['swapResult']] as [
      Scope,
      Operation,
    ][]) {
      const isForbidden = (await operation(strict, '1', headers)) === 'FORBIDDEN';
      expect({ scope, isForbidden }).toEqual({ scope, isForbidden: !granted.includes(scope) });
      expect(await operation(lenient, '1', headers)).not.toBe('FORBIDDEN');
    }
  },
);
