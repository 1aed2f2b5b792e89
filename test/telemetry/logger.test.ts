import { expect, test } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.js';

const secretFields = [
  'key',
  'apiKey',
  'api_key',
  'authorization',
  'Authorization',
  'cookie',
  'token',
  'secret',
  'password',
];

function log(fields: object): string {
  const lines: string[] = [];
  createLogger('info', { destination: { write: (line) => void lines.push(line) } }).info(fields, 'said');
  return lines.join('');
}

test.each(secretFields)('a field named %s is redacted at any depth', (field) => {
  const hidden = { [field]: 'the-value' };
  for (const fields of [
    hidden,
    { request: hidden },
    { request: { headers: hidden } },
    { headers: hidden },
    { err: Object.assign(new Error('failed'), hidden) },
    { err: Object.assign(new Error('failed'), { headers: hidden }) },
    { request: { response: { request: { headers: [hidden] } } } },
  ]) {
    const line = log(fields);
    expect(line).toContain('[redacted]');
    expect(line).not.toContain('the-value');
  }
});

test('other fields are logged unchanged', () => {
  expect(JSON.parse(log({ swap: 'id', request: { headers: { host: 'a' } } }))).toMatchObject({
    level: 'info',
    msg: 'said',
    swap: 'id',
    request: { headers: { host: 'a' } },
  });
});

test.each([
  ['/webhooks/modelslab/id.signature', '/webhooks/modelslab/[redacted]'],
  ['/webhooks/other-provider/id.signature?a=b', '/webhooks/other-provider/[redacted]'],
  ['/webhooks/modelslab/id.signature/more', '/webhooks/modelslab/[redacted]'],
  ['/webhooks/id.signature', '/webhooks/[redacted]'],
  ['/files/0123456789abcdef0123456789abcdef/0.jpg', '/files/[redacted]'],
  ['/files/secret?x=/webhooks/y', '/files/[redacted]'],
  ['/uploads/1.jpg', '/uploads/[redacted]'],
  ['/graphql?query=query&variables=variables', '/graphql'],
])('the URL of a request is shown without what is secret in it: %s', (url, shown) => {
  expect(JSON.parse(log({ req: { method: 'POST', url, id: '1' } }))).toMatchObject({ req: { url: shown } });
});
