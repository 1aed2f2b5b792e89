import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createOriginPolicy } from '../../src/server/access/origin-policy.js';
import { captureLog } from '../../testing/capture-log.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { samplePicture } from '../../testing/pictures.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { upload } from '../../testing/upload.js';

const live = {
  MODELSLAB_API_KEY: 'key-of-the-origin-tests',
  MODELSLAB_BASE_URL: 'http://127.0.0.1:1/api/v6/deepfake',
};

/** What a browser would let a page of the origin do, by each way to call the gateway. */
async function tryAs(
  { url }: TestGateway,
  origin: string,
  headers: Record<string, string> = {},
): Promise<Record<string, boolean>> {
  const isShared = ({ headers: received }: Response): boolean =>
    received.get('access-control-allow-origin') === origin;
  const read = await fetch(`${url}/graphql?query={__typename}`, {
    headers: { origin, 'apollo-require-preflight': 'yes', ...headers },
  });
  const post = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  const preflight = await fetch(`${url}/graphql`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,authorization',
    },
  });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { origin });
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('open', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.terminate();
  const uploaded = await upload({ url }, samplePicture('ada'), { origin, ...headers });
  return {
    GET: isShared(read),
    POST: isShared(post),
    preflight: isShared(preflight) && preflight.headers.get('access-control-allow-headers') !== null,
    WebSocket: connected,
    upload: uploaded.status === 201,
  };
}

const everything = { GET: true, POST: true, preflight: true, WebSocket: true, upload: true };
const nothing = { GET: false, POST: false, preflight: false, WebSocket: false, upload: false };
const refusalsIn = ({ logs }: TestGateway): unknown[] =>
  logs.lines().filter(({ msg }) => String(msg).includes('ALLOWED_ORIGINS'));

describe.each(['on', 'off'])('with FAST_PATH=%s', (FAST_PATH) => {
  test('a keyless sandbox on loopback accepts the pages of every local server', async () => {
    const gateway = await startGateway({ FAST_PATH });
    for (const origin of [
      'http://localhost:5173',
      'https://127.0.0.1:3000',
      'http://127.9.9.9',
      'http://[::1]:8080',
      'http://app.localhost:4321',
    ])
      expect(await tryAs(gateway, origin), origin).toEqual(everything);
  });

  test.each([
    ['a page elsewhere', {}, 'https://app.example.com'],
    ['a page whose host only looks local', {}, 'http://localhost.example.com'],
    ['a page on the network', {}, 'http://192.168.0.2:3000'],
    ['a page without an origin', {}, 'null'],
    ['a page of an extension', {}, 'chrome-extension://abc'],
    ['a local page, in front of ModelsLab', live, 'http://localhost:5173'],
    ['a local page, with keys', { GATEWAY_API_KEYS: keysFor('ada') }, 'http://localhost:5173'],
  ])('refuses %s, and says in one log line what would allow it', async (_what, env, origin) => {
    const gateway = await startGateway({ FAST_PATH, ...env });
    const headers = 'GATEWAY_API_KEYS' in env ? bearer('ada') : {};
    expect(await tryAs(gateway, origin, headers)).toEqual(nothing);
    expect(refusalsIn(gateway)).toEqual([
      // The log replaces what may be the URL of a picture.
      expect.objectContaining({ level: 'warn', origin: expect.stringContaining(origin) }),
    ]);
  });

  test('accepts what ALLOWED_ORIGINS lists, and its own pages, without a word', async () => {
    const origin = 'https://app.example.com';
    const gateway = await startGateway({ FAST_PATH, ...live, ALLOWED_ORIGINS: origin });
    expect(await tryAs(gateway, origin)).toEqual(everything);
    const own = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { origin: gateway.url, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    expect(own.status).toBe(200);
    expect(gateway.logs.text()).not.toContain('ALLOWED_ORIGINS');
  });
});

test('a foreign host name is refused whatever the origin, so that DNS rebinding gains nothing', async () => {
  const { url } = await startGateway();
  const response = await request(`${url}/graphql`, {
    method: 'POST',
    headers: { host: 'evil.example', origin: 'http://localhost:5173', 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ samples { url } }' }),
  });
  expect(await response.body.text()).toContain('FORBIDDEN');
});

test('many different origins cannot flood the log', () => {
  const logs = captureLog();
  const policy = createOriginPolicy({ allowed: [], acceptsLoopback: false, log: logs.log });
  for (let n = 0; n < 10_000; n += 1) policy.accepts(`https://a${n}.example.com`, 'gateway');
  policy.accepts(`https://${'x'.repeat(5000)}.example.com`, 'gateway');
  expect(logs.lines().length).toBeLessThan(100);
  expect(Math.max(...logs.lines().map((line) => JSON.stringify(line).length))).toBeLessThan(600);
});

test.each([
  ['null, without a host', 'null', undefined, false],
  ['null, with an empty host', 'null', '', false],
  ['a file', 'file://', '', false],
  ['data', 'data:text/html,x', '', false],
  ['an extension whose id is the host', 'chrome-extension://gateway', 'gateway', false],
  ['no origin at all', '', undefined, false],
  ['a host with another port', 'http://gateway:4000', 'gateway:4001', false],
  ['a host with a dot at its end', 'http://gateway.', 'gateway', false],
  ['the host in capitals', 'http://gateway:4000', 'GATEWAY:4000', true],
  ['the host of a page with a default port', 'https://gateway', 'gateway', true],
  ['an IPv6 address', 'http://[::1]:4000', '[::1]:4000', true],
  ['a name in punycode', 'https://xn--bcher-kva.example', 'xn--bcher-kva.example', true],
])(
  'a page of the gateway itself is recognized by its origin and the host: %s',
  (_what, origin, host, isOwn) => {
    const { log } = captureLog();
    const policy = createOriginPolicy({ allowed: [], acceptsLoopback: false, log });
    expect(policy.accepts(origin, host)).toBe(isOwn);
  },
);
