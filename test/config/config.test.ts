import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, secretsOf } from '../../src/config/config.js';

test('needs no variables: loopback, sandbox, embedded store', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 4000,
    publicUrl: undefined,
    modelsLabApiKey: undefined,
    modelsLabBaseUrl: 'https://modelslab.com/api/v6/deepfake',
    queueLimit: 5,
    dataDir: './data',
    queueDeadlineMs: 900_000,
    processingDeadlineMs: 600_000,
    submitTimeoutMs: 60_000,
    fetchTimeoutMs: 20_000,
    pollIntervalMs: 1000,
    unknownSlotMs: 60_000,
    resultTtlMs: 604_800_000,
    introspection: true,
  });
});

test('treats an empty variable as not set, and ignores unknown ones', () => {
  expect(readConfig({ PORT: '', MODELSLAB_API_KEY: ' ', PATH: '/bin' })).toEqual(readConfig({}));
});

test.each([
  ['PORT', '70000'],
  ['PORT', 'four thousand'],
  ['PUBLIC_URL', 'gateway.example.com'],
  ['PUBLIC_URL', 'ftp://gateway.example.com'],
  ['MODELSLAB_BASE_URL', 'modelslab'],
  ['MODELSLAB_QUEUE_LIMIT', '0'],
  ['MODELSLAB_QUEUE_LIMIT', '2.5'],
  ['QUEUE_DEADLINE_MS', '-1'],
  ['LOG_LEVEL', 'loud'],
  ['INTROSPECTION', 'yes'],
  ['WEBHOOK_SECRET', 'short'],
  ['WEBHOOK_SECRET', 'a secret that is long enough,short'],
  ['WEBHOOK_SECRET', 'a secret that is long enough,'],
  ['METRICS_TOKEN', 'short'],
  ['METRICS_TOKEN', 'sixteen characters, with spaces'],
  ['WEBHOOK_SIGNING_SECRET', 'not-a-standard-webhooks-secret'],
  ['ALLOWED_ORIGINS', 'app.example.com'],
  ['GATEWAY_API_KEYS', 'web:not-a-hash'],
])('rejects %s=%s by name', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name}: `));
});

test('names every invalid variable, one per line', () => {
  const read = () => readConfig({ PORT: 'x', LOG_LEVEL: 'loud', MODELSLAB_QUEUE_LIMIT: '0' });
  expect(read).toThrow(ConfigError);
  try {
    read();
  } catch (error) {
    expect((error as ConfigError).problems.map((line) => line.split(':')[0]).sort()).toEqual([
      'LOG_LEVEL',
      'MODELSLAB_QUEUE_LIMIT',
      'PORT',
    ]);
  }
});

describe('without any authentication', () => {
  test.each(['127.0.0.1', '127.0.0.2', 'localhost', '::1'])('listens on %s', (HOST) => {
    expect(readConfig({ HOST }).host).toBe(HOST);
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'gateway.example.com'])(
    'rejects HOST %s and says why',
    (HOST) => {
      expect(() => readConfig({ HOST })).toThrow(/^HOST: .*GATEWAY_API_KEYS/);
    },
  );

  test('listens anywhere with a key', () => {
    expect(readConfig({ HOST: '0.0.0.0', GATEWAY_API_KEYS: `web:${'a'.repeat(64)}` }).host).toBe('0.0.0.0');
  });
});

test('secrets do not print', () => {
  const secrets = {
    MODELSLAB_API_KEY: 'canary-key',
    WEBHOOK_SECRET: 'canary-secret-of-16, canary-secret-of-17',
    METRICS_TOKEN: 'canary-token-of-16',
    WEBHOOK_SIGNING_SECRET: `whsec_${'Canary'.repeat(8)}`,
  };
  const config = readConfig(secrets);
  const printed = [
    inspect(config, { depth: 9, showHidden: true }),
    JSON.stringify(config),
    String(config.modelsLabApiKey),
  ].join();
  expect(printed).not.toMatch(/canary/i);
  expect(printed).toContain('[redacted]');
  expect(secretsOf(config)).toEqual(expect.arrayContaining(['canary-secret-of-16', 'canary-secret-of-17']));
  expect(config.modelsLabApiKey?.reveal()).toBe('canary-key');
});

test('introspection is off in production unless enabled', () => {
  const production = { NODE_ENV: 'production', MODELSLAB_API_KEY: 'key-of-modelslab' };
  expect(readConfig(production).introspection).toBe(false);
  expect(readConfig({ ...production, INTROSPECTION: 'on' }).introspection).toBe(true);
  expect(readConfig({ INTROSPECTION: 'off' }).introspection).toBe(false);
});
