import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { secretVariableNames } from '../../src/config/config.js';
import { isGuessable } from '../../src/config/guessable.js';
import { problemsOf } from '../../testing/config-problems.js';

const root = join(import.meta.dirname, '../..');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** Like `openssl rand -base64 32`, but the same in every run. */
const random = (seed: string): string => createHash('sha256').update(seed).digest('base64');

const sound = {
  GATEWAY_API_KEYS: `ada:${sha256(random('key'))}`,
  MODELSLAB_API_KEY: random('modelslab'),
  WEBHOOK_SECRET: `${random('new')},${random('old')}`,
  WEBHOOK_SIGNING_SECRET: `whsec_${random('signing')}`,
  METRICS_TOKEN: random('metrics'),
  PUBLIC_URL: 'https://swaps.example.com',
  AUTH_JWKS_URL: 'https://issuer.example.com/jwks',
  AUTH_JWT_ISSUER: 'https://issuer.example.com',
  AUTH_JWT_AUDIENCE: 'gateway',
};
const productions = [
  ['NODE_ENV=production', { NODE_ENV: 'production' }],
  ['HOST=0.0.0.0', { HOST: '0.0.0.0' }],
  ['HOST=192.168.0.7', { HOST: '192.168.0.7' }],
] as const;

describe.each(productions)('with %s', (_name, production) => {
  const problems = (changes: Record<string, string>) => problemsOf({ ...sound, ...production, ...changes });
  const refuse = (changes: Record<string, string>, ...variables: string[]): void => {
    const found = problems(changes);
    expect([changes, found.map((line) => line.split(':')[0])]).toEqual([changes, variables]);
    for (const line of found) {
      expect(line).not.toContain('\n');
      for (const name of variables) expect(line).not.toContain(changes[name] ?? '\n');
    }
  };

  test('sound settings start', () => {
    expect(problems({})).toEqual([]);
  });

  test('plain http to another host is refused, unless it is allowed', () => {
    for (const name of ['AUTH_JWKS_URL', 'MODELSLAB_BASE_URL', 'PUBLIC_URL']) {
      for (const host of [
        'swaps.example.com',
        '192.168.0.7:4000',
        '128.0.0.1',
        'localhost.example.com',
        '[::2]',
      ]) {
        refuse({ [name]: `http://${host}/path` }, name);
        expect(problems({ [name]: `http://${host}/path`, ALLOW_INSECURE_HTTP: 'on' })).toEqual([]);
      }
      for (const host of [
        'localhost',
        'LOCALHOST:4000',
        '127.0.0.1:4000',
        '127.8.9.10',
        '2130706433',
        '[::1]:1',
        'a.localhost',
      ])
        expect([host, problems({ [name]: `http://${host}/path` })]).toEqual([host, []]);
    }
    const all = {
      AUTH_JWKS_URL: 'http://a.example',
      MODELSLAB_BASE_URL: 'HTTP://b.example',
      PUBLIC_URL: 'http://c.example',
    };
    refuse(all, ...Object.keys(all));
  });

  test('placeholders are refused as secrets, each variable in one line', () => {
    for (const value of [
      'a'.repeat(16),
      '0'.repeat(64),
      ' '.repeat(8) + '-'.repeat(16),
      'abababababababab',
      'abc123abc123abc123',
      'abcdefghijklmnop',
      '0123456789abcdef',
      '9876543210987654',
      '1234567890123456',
      'aaaaaaaabbbbbbbb',
      'changeme-changeme',
      'change-me-please-1234',
      'your-webhook-secret',
      'SECRET_SECRET_SECRET',
      'password12345678',
      'replace-this-value-here',
    ]) {
      const token = value.replaceAll(' ', '');
      refuse({ WEBHOOK_SECRET: value }, 'WEBHOOK_SECRET');
      refuse({ WEBHOOK_SECRET: `${random('new')},${value},${value}` }, 'WEBHOOK_SECRET');
      refuse({ METRICS_TOKEN: token }, 'METRICS_TOKEN');
      const signing = {
        WEBHOOK_SIGNING_SECRET: `whsec_${Buffer.from(`${value}-${value}`).toString('base64')}`,
      };
      refuse(signing, 'WEBHOOK_SIGNING_SECRET');
    }
    for (const encoded of [
      'A'.repeat(32),
      'AAECAwQFBgcICQoLDA0ODxAREhMUFRYX',
      'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    ])
      refuse({ WEBHOOK_SIGNING_SECRET: `whsec_${encoded}` }, 'WEBHOOK_SIGNING_SECRET');
    for (const password of ['x', '0000', '----------------'])
      refuse({ REDIS_URL: `rediss://user:${password}@redis.example.com` }, 'REDIS_URL');
    for (const key of ['x', 'xxxxxxxx', '0'.repeat(60)])
      refuse({ MODELSLAB_API_KEY: key }, 'MODELSLAB_API_KEY');
  });

  test('every secret that is one character, over and over, is refused', () => {
    const repeated = 'x'.repeat(32);
    const values: Record<string, string> = {
      GATEWAY_API_KEYS: `ada:${sha256(repeated)}`,
      REDIS_URL: `rediss://user:${repeated}@redis.example.com`,
      WEBHOOK_SIGNING_SECRET: `whsec_${Buffer.from(repeated).toString('base64')}`,
    };
    for (const variable of secretVariableNames)
      refuse({ [variable]: values[variable] ?? repeated }, variable);
  });

  test('documented and repeated keys are refused, by the names of their clients', () => {
    for (const key of ['my-key', 'my-key\n', '', '\n', 'a', 'x'.repeat(32), '0'.repeat(64), 'changeme'])
      refuse({ GATEWAY_API_KEYS: `${sound.GATEWAY_API_KEYS},bob:${sha256(key)}` }, 'GATEWAY_API_KEYS');
    const both = { GATEWAY_API_KEYS: `bob:${sha256('my-key')},cleo:${sha256('key')},bob:${sha256('')}` };
    expect(problems(both)).toEqual([expect.stringContaining('of bob, cleo is')]);
  });

  test('several problems are all named', () => {
    refuse(
      {
        PUBLIC_URL: 'http://swaps.example.com',
        GATEWAY_API_KEYS: `me:${sha256('my-key')}`,
        WEBHOOK_SECRET: 'x'.repeat(20),
        METRICS_TOKEN: 'y'.repeat(20),
      },
      'PUBLIC_URL',
      'GATEWAY_API_KEYS',
      'WEBHOOK_SECRET',
      'METRICS_TOKEN',
    );
  });
});

test('in production the sandbox needs clients, and a gateway without clients a key of ModelsLab', () => {
  const production = { NODE_ENV: 'production' };
  expect(problemsOf(production)).toEqual([
    expect.stringMatching(/^GATEWAY_API_KEYS: is required in production/),
  ]);
  expect(problemsOf({ ...production, HOST: '0.0.0.0' })).toEqual([expect.stringMatching(/^HOST: /)]);
  expect(problemsOf({ ...production, GATEWAY_API_KEYS: sound.GATEWAY_API_KEYS })).toEqual([]);
  const { AUTH_JWKS_URL, AUTH_JWT_ISSUER, AUTH_JWT_AUDIENCE } = sound;
  expect(problemsOf({ ...production, AUTH_JWKS_URL, AUTH_JWT_ISSUER, AUTH_JWT_AUDIENCE })).toEqual([]);
  expect(problemsOf({ ...production, MODELSLAB_API_KEY: sound.MODELSLAB_API_KEY })).toEqual([]);
});

test('on a developer’s machine all of that starts', () => {
  expect(
    problemsOf({
      AUTH_JWKS_URL: 'http://issuer.example.com/jwks',
      AUTH_JWT_ISSUER: 'issuer',
      AUTH_JWT_AUDIENCE: 'gateway',
      PUBLIC_URL: 'http://swaps.example.com',
      MODELSLAB_BASE_URL: 'http://sandbox.example.com',
      MODELSLAB_API_KEY: 'x',
      GATEWAY_API_KEYS: `me:${sha256('my-key')}`,
      WEBHOOK_SECRET: 'x'.repeat(20),
      METRICS_TOKEN: 'x'.repeat(20),
    }),
  ).toEqual([]);
});

test('random secrets and passphrases are not mistaken for placeholders', () => {
  const secrets = Array.from({ length: 3000 }, (_, n) => {
    const hex = sha256(String(n));
    return [hex, hex.slice(0, 16), random(String(n)), random(String(n)).slice(0, 16)];
  }).flat();
  const phrases = [
    'correct horse battery staple',
    'a secret that all instances share',
    'the older secret of webhooks',
  ];
  expect([...secrets, ...phrases].filter(isGuessable)).toEqual([]);
});

/** Commands in the documents that hash a key, and the keys. */
function documentedKeys(): string[] {
  const files = globSync(
    ['*.md', 'docs/**/*.md', '.env.example', 'Dockerfile', 'compose.yaml', 'deploy/**/*'],
    { cwd: root },
  );
  const texts = files
    .filter((file) => /\.\w+$|Dockerfile$/.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'));
  return texts.flatMap((text) =>
    [...text.matchAll(/(?:printf %s|echo(?: -n)?) (\S+) \| sha256sum/g)].map(([, key = '']) => key),
  );
}

test('every key that a document shows is refused', () => {
  const keys = documentedKeys();
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys)
    expect(problemsOf({ HOST: '0.0.0.0', GATEWAY_API_KEYS: `me:${sha256(key)}` })).toEqual([
      expect.stringMatching(/^GATEWAY_API_KEYS: the key of me is/),
    ]);
});

test('the examples of .env.example start in production once their secrets are filled in', () => {
  const example = parseEnv(readFileSync(join(root, '.env.example'), 'utf8'));
  const image = { NODE_ENV: 'production', HOST: '0.0.0.0' };
  expect(problemsOf({ ...example, ...sound, ...image })).toEqual([]);
  expect(problemsOf({ ...example, ...image })).toEqual([expect.stringMatching(/^HOST: .*GATEWAY_API_KEYS/)]);
});
