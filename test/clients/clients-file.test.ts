import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseClientsFile } from '../../src/clients/clients-file.js';

const hash = 'a'.repeat(64);
const other = 'b'.repeat(64);
const guessable = 'a'.repeat(63).concat('b');
const context = {
  apiKeys: [{ client: 'env', sha256: 'e'.repeat(64) }],
  resultTtlMs: 7 * 86_400_000,
  refusedKeys: new Set([guessable]),
};

const problemsOf = (json: unknown, changes: Partial<typeof context> = {}): string[] => {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  const outcome = parseClientsFile(text, { ...context, ...changes });
  return 'problems' in outcome ? outcome.problems : [];
};
const client = (more: object = {}): object => ({ name: 'web', keys: [{ sha256: hash }], ...more });
const clients = (...list: unknown[]): object => ({ clients: list });

test('refuses keys that anyone could guess, where the gateway is exposed', () => {
  const json = clients(client({ keys: [{ sha256: hash }, { sha256: guessable.toUpperCase() }] }));
  expect(problemsOf(json)).toEqual([
    'clients[0].keys[1].sha256: is the hash of a documented example or of a key that can be guessed',
  ]);
  expect(problemsOf(json, { refusedKeys: new Set() })).toEqual([]);
});

test('reads every field', () => {
  const text = JSON.stringify(
    clients({
      name: 'web.app_1-x',
      keys: [{ sha256: hash.toUpperCase(), expiresAt: '2027-01-31T02:00:00+02:00' }, { sha256: other }],
      scopes: ['swap', 'read'],
      quotas: { swapsPerDay: 100, maxWaiting: 5 },
      watermark: 'required',
      consent: 'client',
      webhookSecretGeneration: 3,
    }),
  );
  expect(parseClientsFile(text, context)).toEqual({
    clients: [
      {
        name: 'web.app_1-x',
        keys: [{ sha256: hash, expiresAt: Date.UTC(2027, 0, 31) }, { sha256: other }],
        scopes: ['swap', 'read'],
        quotas: { swapsPerDay: 100, maxWaiting: 5 },
        watermark: 'required',
        consent: 'client',
        webhookSecretGeneration: 3,
      },
    ],
  });
});

test.each<[string, unknown]>([
  ['no clients', clients()],
  ['a client without keys, whose last one was revoked', clients(client({ keys: [] }))],
  ['a client without scopes', clients(client({ scopes: [] }))],
  ['a quota that is off', clients(client({ quotas: { swapsPerDay: 'off' } }))],
  ['empty quotas', clients(client({ quotas: {} }))],
  ['a byte order mark, as some editors write it', `\uFEFF${JSON.stringify(clients(client()))}`],
  [
    'a time in milliseconds',
    clients(client({ keys: [{ sha256: hash, expiresAt: '2027-01-31T00:00:00.5Z' }] })),
  ],
])('accepts %s', (_, json) => {
  expect(problemsOf(json)).toEqual([]);
});

const keyProblem = 'clients[0].keys[0].sha256: must be the SHA-256 of the key in hexadecimal, 64 digits';
const timeProblem = 'clients[0].keys[0].expiresAt: must be a time such as 2027-01-31T00:00:00Z';
const scopeProblem = (n: number): string =>
  `clients[0].scopes[${n}]: must be one of swap, read, cancel, erase, upload`;
const countProblem = (path: string): string => `clients[0].${path}: must be a whole number greater than 0`;
const key = (more: object): object => clients(client({ keys: [{ sha256: hash, ...more }] }));

test.each<[unknown, string[]]>([
  ['', ['is not valid JSON']],
  ['{"clients": [', ['is not valid JSON']],
  ['{"clients": []}}', ['is not valid JSON (line 1 column 16)']],
  [[], ['must be an object with a list of clients']],
  [null, ['must be an object with a list of clients']],
  [{}, ['clients: must be a list of clients']],
  [{ clients: {} }, ['clients: must be a list of clients']],
  [{ clients: [], version: 1 }, ['version: is not a known field']],
  [clients('web'), ['clients[0]: must be an object with name and keys']],
  [clients(client(), null), ['clients[1]: must be an object with name and keys']],
  [clients({ keys: [] }), ['clients[0].name: must be a text']],
  [clients(client({ name: 7 })), ['clients[0].name: must be a text']],
  ...['', 'a b', 'jwt:ada', 'token:web:ada', 'ä', 'x'.repeat(65), 'a\n'].map((name): [unknown, string[]] => [
    clients(client({ name })),
    ['clients[0].name: must have 1 to 64 letters, digits, dots, dashes or underscores'],
  ]),
  [clients({ name: 'web' }), ['clients[0].keys: must be a list of keys']],
  [clients(client({ keys: hash })), ['clients[0].keys: must be a list of keys']],
  [clients(client({ keys: [hash] })), ['clients[0].keys[0]: must be an object with sha256']],
  [
    clients(client({ keys: [{}] })),
    ['clients[0].keys[0].sha256: must be the SHA-256 of the key in hexadecimal'],
  ],
  [key({ sha256: 'fsg_the-key-itself' }), [keyProblem]],
  [key({ sha256: hash.slice(1) }), [keyProblem]],
  [key({ sha256: `${hash}a` }), [keyProblem]],
  [key({ sha256: `g${hash.slice(1)}` }), [keyProblem]],
  [key({ sha256: `${hash}\n` }), [keyProblem]],
  [key({ expiresAt: '2027-01-31' }), [timeProblem]],
  [key({ expiresAt: '2027-01-31T00:00:00' }), [timeProblem]],
  [key({ expiresAt: '2027-02-30T00:00:00Z' }), [timeProblem]],
  [key({ expiresAt: 1_800_000_000_000 }), [timeProblem]],
  [key({ expiresAt: '' }), [timeProblem]],
  [key({ expiresAt: null }), [timeProblem]],
  [key({ expires: '2027-01-31T00:00:00Z' }), ['clients[0].keys[0].expires: is not a known field']],
  [clients(client({ scopes: 'swap' })), ['clients[0].scopes: must be a list of scopes']],
  [clients(client({ scopes: ['swap', 'admin', 'Read'] })), [scopeProblem(1), scopeProblem(2)]],
  [clients(client({ quotas: 5 })), ['clients[0].quotas: must be an object']],
  [
    clients(client({ quotas: { swapsPerHour: 5 } })),
    ['clients[0].quotas.swapsPerHour: is not a known field'],
  ],
  ...[0, -1, 1.5, '5', null].map((count): [unknown, string[]] => [
    clients(client({ quotas: { swapsPerDay: count } })),
    ['clients[0].quotas.swapsPerDay: must be a whole number greater than 0, or "off"'],
  ]),
  ...[0, -1, 1.5, '5', 'off'].map((count): [unknown, string[]] => [
    clients(client({ quotas: { maxWaiting: count } })),
    [countProblem('quotas.maxWaiting')],
  ]),
  [clients(client({ watermark: true })), ['clients[0].watermark: must be client or required']],
  [clients(client({ consent: 'yes' })), ['clients[0].consent: must be client or required']],
  [clients(client({ webhookSecretGeneration: 0 })), [countProblem('webhookSecretGeneration')]],
  [clients(client({ Scopes: [] })), ['clients[0].Scopes: is not a known field']],
  [
    clients(client(), client({ keys: [] }), client({ name: 'env', keys: [] })),
    ['clients[1].name: is also in clients[0]', 'clients[2].name: is also in GATEWAY_API_KEYS'],
  ],
  [
    clients(
      client({ keys: [{ sha256: hash }, { sha256: hash.toUpperCase() }] }),
      client({ name: 'app', keys: [{ sha256: hash }, { sha256: 'e'.repeat(64) }] }),
    ),
    [
      'clients[0].keys[1].sha256: is also in clients[0].keys[0]',
      'clients[1].keys[0].sha256: is also in clients[0].keys[0]',
      'clients[1].keys[1].sha256: is also in GATEWAY_API_KEYS',
    ],
  ],
  [
    clients(client({ name: '', watermark: 1 }), client({ keys: [{ sha256: 'x' }] })),
    [
      'clients[0].name: must have 1 to 64 letters, digits, dots, dashes or underscores',
      'clients[0].watermark: must be client or required',
      'clients[1].keys[0].sha256: must be the SHA-256 of the key in hexadecimal, 64 digits',
    ],
  ],
])('rejects %j and says where it is wrong', (json, expected) => {
  expect(problemsOf(json)).toEqual(expected);
});

test('a daily quota needs swaps to be kept for a day', () => {
  const json = clients(
    client({ quotas: { swapsPerDay: 'off' } }),
    client({ name: 'app', keys: [], quotas: { swapsPerDay: 5 } }),
  );
  expect(problemsOf(json, { resultTtlMs: 86_399_999 })).toEqual([
    'clients[1].quotas.swapsPerDay: needs RESULT_TTL_MS of at least a day',
  ]);
  expect(problemsOf(json, { resultTtlMs: 86_400_000 })).toEqual([]);
});

test('no message quotes a value, which may be a key by mistake', () => {
  const secret = 'canary';
  const wrong = [secret, [secret], { a: secret }, { clients: secret }, clients(secret)];
  const fields = ['name', 'keys', 'scopes', 'quotas', 'watermark', 'consent', 'webhookSecretGeneration'];
  for (const field of fields)
    for (const value of [
      `${secret} x`,
      [`${secret} x`],
      { [field]: secret },
      [{ sha256: secret, expiresAt: secret }],
    ])
      wrong.push(clients(client({ [field]: value })) as never);
  for (const json of wrong) {
    const problems = problemsOf(json);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join()).not.toContain(secret);
  }
  expect(problemsOf(`{"clients": ${secret}}`).join()).not.toContain(secret);
});

const anything = fc.jsonValue({ maxDepth: 3 });
const field = fc.constantFrom(
  'name',
  'keys',
  'scopes',
  'quotas',
  'watermark',
  'consent',
  'webhookSecretGeneration',
  '__proto__',
  'constructor',
);
/** A valid client with one or two fields replaced by anything. */
const almostClient = fc
  .dictionary(field, anything, { minKeys: 1, maxKeys: 2, noNullPrototype: true })
  .map((change) => JSON.stringify({ clients: [{ ...(client() as object), ...change }] }));

test('whatever the file contains, it is either valid or has problems with a path', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        anything.map((value) => JSON.stringify(value)),
        almostClient,
      ),
      (text) => {
        const outcome = parseClientsFile(text, context);
        if ('problems' in outcome) {
          expect(outcome.problems.length).toBeGreaterThan(0);
          for (const problem of outcome.problems)
            expect(problem).toMatch(/must be|must have|is not|is also in|needs/);
          return;
        }
        for (const { name, keys, scopes = [] } of outcome.clients) {
          expect(name).toMatch(/^[\w.-]{1,64}$/);
          for (const { sha256 } of keys) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
          expect(
            scopes.filter((scope) => !['swap', 'read', 'cancel', 'erase', 'upload'].includes(scope)),
          ).toEqual([]);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test.each(['__proto__', 'constructor', 'toString'])('a field %s is not known', (name) => {
  const text = `{"clients":[{"name":"web","keys":[],"${name}":{"scopes":["swap"]}}]}`;
  expect(problemsOf(text)).toEqual([`clients[0].${name}: is not a known field`]);
});
