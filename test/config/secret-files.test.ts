import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { type Config, readConfig, secretsOf, secretVariableNames } from '../../src/config/config.js';
import { problemsOf } from '../../testing/config-problems.js';
import { keysFor } from '../../testing/gateway-keys.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

/** A valid value of each secret, with a word that must not be printed. */
const values: Record<string, string> = {
  MODELSLAB_API_KEY: 'canary-key',
  REDIS_URL: 'redis://user:canary@127.0.0.1:6379/0',
  WEBHOOK_SECRET: 'canary-secret-of-16',
  WEBHOOK_SIGNING_SECRET: `whsec_${'Canary'.repeat(8)}`,
  METRICS_TOKEN: 'canary-token-of-16',
  ADMIN_TOKEN: 'canary-admin-of-16',
  ARCHIVE_S3_ACCESS_KEY_ID: 'canary-id',
  ARCHIVE_S3_SECRET_ACCESS_KEY: 'canary-key',
  CONSENT_SECRET: 'canary-consent-of-16',
  CLIENT_TOKEN_SECRET: 'canary-secret-of-at-least-32-chars',
  GATEWAY_API_KEYS: keysFor('canary'),
  HTTPS_PROXY: 'http://canary.example.com:3128',
  HTTP_PROXY: 'http://canary.example.com',
};
/** What these two need besides. */
const shared = {
  MODELSLAB_API_KEY: 'another',
  WEBHOOK_SECRET: 'another-secret-of-16',
  WEBHOOK_SIGNING_SECRET: `whsec_${'Other/'.repeat(8)}`,
};
const others = (variable: string): Record<string, string> => (variable === 'REDIS_URL' ? { ...shared } : {});

function file(content: string | Buffer): string {
  const path = join(temporaryFolder(), 'secret');
  writeFileSync(path, content);
  return path;
}

/** A configuration with its secrets, to compare it. */
const revealed = (config: Config): string => JSON.stringify({ ...config, secrets: secretsOf(config) });

test('every secret can be read from a file', () => {
  expect([...secretVariableNames].sort()).toEqual(Object.keys(values).sort());
});

test('a setting whose value is kept secret is one of them', () => {
  const config: Record<string, unknown> = { ...readConfig(values) };
  const names = secretVariableNames.filter((variable) => variable !== 'GATEWAY_API_KEYS');
  expect(JSON.stringify(config).split('[redacted]')).toHaveLength(names.length + 1);
});

test.each(Object.entries(values))('%s_FILE means the same as the variable itself', (variable, value) => {
  const direct = revealed(readConfig({ ...others(variable), [variable]: value }));
  for (const end of ['', '\n', '\r\n', '\n\n']) {
    const read = readConfig({ ...others(variable), [`${variable}_FILE`]: file(value + end) });
    expect(revealed(read)).toBe(direct);
  }
});

test('only line breaks at the end are removed', () => {
  const config = readConfig({ MODELSLAB_API_KEY_FILE: file(' a b \n') });
  expect(config.modelsLabApiKey?.reveal()).toBe(' a b ');
});

test('a blank file variable counts as unset, and so does a blank variable next to a file', () => {
  expect(readConfig({ MODELSLAB_API_KEY_FILE: ' ' }).modelsLabApiKey).toBeUndefined();
  const config = readConfig({ MODELSLAB_API_KEY: '', MODELSLAB_API_KEY_FILE: file('key') });
  expect(config.modelsLabApiKey?.reveal()).toBe('key');
});

test('a file behind symbolic links is read, as Kubernetes mounts secrets', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '..2026'));
  writeFileSync(join(folder, '..2026', 'key'), 'mounted\n');
  symlinkSync('..2026', join(folder, '..data'));
  symlinkSync('..data/key', join(folder, 'key'));
  expect(readConfig({ MODELSLAB_API_KEY_FILE: join(folder, 'key') }).modelsLabApiKey?.reveal()).toBe(
    'mounted',
  );
});

test.each(Object.keys(values))('a problem with %s_FILE names the variable, not the content', (variable) => {
  const name = `${variable}_FILE`;
  const missing = join(temporaryFolder(), 'canary');
  expect(problemsOf({ [name]: missing })).toEqual([`${name}: the file cannot be used: ENOENT`]);
  expect(problemsOf({ [name]: temporaryFolder() })).toEqual([`${name}: the file cannot be used: EISDIR`]);
  for (const blank of ['', '\n', ' \n'])
    expect(problemsOf({ [name]: file(blank) })).toEqual([`${name}: the file cannot be used: it is empty`]);
  const both = problemsOf({ [name]: file(values[variable] ?? ''), [variable]: values[variable] ?? '' });
  expect(both).toEqual([`${name}: ${variable} is set too; set only one of them`]);
});

test('an endless or large file is an error, not the end of the process', () => {
  for (const path of ['/dev/zero', file(Buffer.alloc(65 * 1024, 'x'))])
    expect(problemsOf({ METRICS_TOKEN_FILE: path })).toEqual([
      'METRICS_TOKEN_FILE: the file cannot be used: it is larger than 65536 bytes',
    ]);
});

test('an invalid value in a file is reported for the file variable, together with other problems', () => {
  const problems = problemsOf({
    METRICS_TOKEN_FILE: file('canary\n'),
    WEBHOOK_SECRET_FILE: '/nowhere',
    PORT: 'x',
  });
  expect(problems.map((line) => line.split(':')[0]).sort()).toEqual([
    'METRICS_TOKEN_FILE',
    'PORT',
    'WEBHOOK_SECRET_FILE',
  ]);
  expect(problems.join()).not.toContain('canary');
});

test('a secret from a file does not print', () => {
  const config = readConfig({ MODELSLAB_API_KEY_FILE: file('canary-key'), REDIS_URL_FILE: ' ' });
  expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('canary');
});

test('other settings have no file variable', () => {
  expect(readConfig({ LOG_LEVEL_FILE: file('debug') }).logLevel).toBe('info');
});
