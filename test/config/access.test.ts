import { expect, test } from 'vitest';
import { problemsOf } from '../../testing/config-problems.js';
import { keysFor } from '../../testing/gateway-keys.js';

const jwt = {
  AUTH_JWKS_URL: 'https://issuer.example.com/jwks',
  AUTH_JWT_ISSUER: 'https://issuer.example.com',
  AUTH_JWT_AUDIENCE: 'gateway',
};

test.each(['0.0.0.0', '::', '192.168.1.1', 'gateway.example.com'])(
  'without authentication, HOST must not be reachable from outside: %s',
  (HOST) => {
    expect(problemsOf({ HOST })).toEqual([expect.stringContaining('GATEWAY_API_KEYS or AUTH_JWKS_URL')]);
    expect(problemsOf({ HOST, GATEWAY_API_KEYS: keysFor('ada') })).toEqual([]);
    expect(problemsOf({ HOST, ...jwt })).toEqual([]);
    expect(problemsOf({ HOST, CLIENTS_FILE: 'clients.json' })).toEqual([]);
  },
);

test.each(Object.keys(jwt))('tokens are not accepted without %s', (missing) => {
  expect(problemsOf({ ...jwt, [missing]: '' })).toEqual([expect.stringContaining('without all three')]);
});

test.each([
  ['RATE_LIMIT', '0'],
  ['RATE_LIMIT', 'none'],
  ['SWAPS_PER_DAY', '-1'],
  ['MAX_SOCKETS', 'many'],
  ['TRUST_PROXY', 'all'],
  ['TRUST_PROXY', '10.0.0.0/x'],
  ['ALLOWED_ORIGINS', 'app.example.com'],
  ['AUTH_JWKS_URL', 'file:///etc/keys'],
  ['AUTH_JWT_SCOPES', 'yes'],
  ['GATEWAY_API_KEYS', 'ada:secret'],
  ['GATEWAY_API_KEYS', `jwt:ada:${'0'.repeat(64)}`],
])('%s=%s is rejected by name', (name, value) => {
  expect(problemsOf({ ...jwt, [name]: value })[0]).toMatch(new RegExp(`^${name}: `));
});

test('a daily quota needs swaps to be kept for a day', () => {
  expect(problemsOf({ SWAPS_PER_DAY: '10', RESULT_TTL_MS: '3600000' })).toEqual([
    expect.stringContaining('RESULT_TTL_MS'),
  ]);
  expect(problemsOf({ SWAPS_PER_DAY: '10' })).toEqual([]);
});
