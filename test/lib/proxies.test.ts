import { describe, expect, test } from 'vitest';
import { createProxies } from '../../src/lib/proxies.js';

const https = 'http://proxy.example.net:3128';
const http = 'https://user:p%40ss%3Aword@proxy.example.net';

function isProxied(none: string, url: string): boolean {
  const { protocol, hostname, port } = new URL(url);
  return createProxies({ https, http, none })?.find({ protocol, hostname, port }) !== undefined;
}

test('each protocol has its proxy', () => {
  const both = createProxies({ https, http });
  expect(both?.find({ protocol: 'https:', hostname: 'a.example', port: '' })).toEqual({
    protocol: 'http:',
    hostname: 'proxy.example.net',
    port: 3128,
    authorization: undefined,
  });
  expect(both?.find({ protocol: 'http:', hostname: 'a.example', port: '' })).toEqual({
    protocol: 'https:',
    hostname: 'proxy.example.net',
    port: 443,
    authorization: `Basic ${Buffer.from('user:p@ss:word').toString('base64')}`,
  });
  expect(createProxies({ https })?.find({ protocol: 'http:', hostname: 'a.example', port: '' })).toBe(
    undefined,
  );
  expect(createProxies({ none: '*' })).toBe(undefined);
});

test.each([
  'http://localhost:81',
  'https://a.localhost',
  'http://127.0.0.1',
  'http://127.9.9.9:8080',
  'https://[::1]',
])('%s is connected to directly: at the proxy it would be another machine', (url) =>
  expect(isProxied('', url)).toBe(false),
);

describe('NO_PROXY', () => {
  test.each([
    ['example.com', 'https://example.com'],
    ['example.com', 'https://a.b.example.com'],
    ['.example.com', 'https://a.example.com'],
    ['.example.com', 'https://example.com'],
    ['*.example.com', 'https://a.example.com'],
    ['EXAMPLE.com', 'https://a.Example.COM'],
    ['a.net, example.com', 'https://example.com'],
    ['a.net example.com', 'https://example.com'],
    ['example.com:8443', 'https://example.com:8443'],
    ['example.com:443', 'https://example.com'],
    ['*', 'https://anything.example.net'],
    ['10.1.2.3', 'http://10.1.2.3'],
    ['10.1.2.3:9000', 'http://10.1.2.3:9000'],
    ['10.0.0.0/8', 'http://10.200.0.1'],
    ['2001:db8::1', 'http://[2001:db8::1]'],
    ['[2001:db8::1]:9000', 'http://[2001:db8::1]:9000'],
    ['2001:db8::/32', 'http://[2001:db8:1::1]'],
  ])('%s exempts %s', (none, url) => expect(isProxied(none, url)).toBe(false));

  test.each([
    ['', 'https://example.com'],
    [' , ', 'https://example.com'],
    ['example.com', 'https://notexample.com'],
    ['example.com', 'https://example.com.evil.net'],
    ['a.example.com', 'https://example.com'],
    ['example.com:8443', 'https://example.com'],
    ['10.0.0.0/8', 'http://11.0.0.1'],
    ['10.0.0.0/8', 'http://10.example.com'],
    ['0.0.1', 'http://10.0.0.1'],
  ])('%j does not exempt %s', (none, url) => expect(isProxied(none, url)).toBe(true));
});
