import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.js';

const secrets = {
  MODELSLAB_API_KEY: 'key',
  WEBHOOK_SECRET: 'a secret that all instances share',
  WEBHOOK_SIGNING_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
};

describe('REDIS_URL', () => {
  test('is not needed, and has a prefix by default', () => {
    expect(readConfig({})).toMatchObject({ redisUrl: undefined, redisPrefix: 'face-swap:' });
  });

  test.each(['redis://cache.example.com', 'rediss://user:pass@cache.example.com:6380/2'])(
    'may be %s',
    (url) => {
      expect(readConfig({ REDIS_URL: url, ...secrets }).redisUrl?.reveal()).toBe(url);
    },
  );

  test.each(['cache.example.com:6379', 'http://cache.example.com'])('may not be %s', (url) => {
    expect(() => readConfig({ REDIS_URL: url, ...secrets })).toThrow(
      /^REDIS_URL: must be a redis or rediss URL$/,
    );
  });

  test('requires the secrets that a single process generates, and names each missing one', () => {
    expect(() => readConfig({ REDIS_URL: 'redis://cache.example.com' })).toThrow(
      new ConfigError([
        'WEBHOOK_SECRET: is required with REDIS_URL, and must be the same on all instances',
        'WEBHOOK_SIGNING_SECRET: is required with REDIS_URL, and must be the same on all instances',
        'MODELSLAB_API_KEY: is required with REDIS_URL, since instances cannot share the built-in sandbox; to use a separate one, run `npm run sandbox`, and set MODELSLAB_BASE_URL and any key',
      ]),
    );
  });

  test('must use TLS if there is a CA file', () => {
    const tls = { ...secrets, REDIS_CA_FILE: '/ca.pem' };
    expect(readConfig({ ...tls, REDIS_URL: 'rediss://cache.example.com' }).redisCaFile).toBe('/ca.pem');
    for (const url of [{}, { REDIS_URL: 'redis://cache.example.com' }])
      expect(() => readConfig({ ...tls, ...url })).toThrow(/^REDIS_CA_FILE: requires TLS/);
  });

  test('is not printed, since it may hold a password', () => {
    const config = readConfig({ REDIS_URL: 'redis://:hunter2@cache.example.com', ...secrets });
    expect(inspect(config) + JSON.stringify(config)).not.toContain('hunter2');
  });
});
