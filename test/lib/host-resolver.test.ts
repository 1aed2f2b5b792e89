import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { createHostResolver } from '../../src/lib/host-resolver.js';
import { createPublicOnlyAgent } from '../../src/lib/public-only-agent.js';
import { startDnsServer } from '../../testing/dns-server.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

test('both families are queried, and IPv4 comes first', async () => {
  const dns = await startDnsServer(({ type }) => (type === 'A' ? ['93.184.216.34'] : ['2606:2800:220:1::5']));
  const resolver = createHostResolver({ servers: [dns.address] });
  expect(await resolver.resolve('hooks.example.com')).toEqual([
    { address: '93.184.216.34', family: 4 },
    { address: '2606:2800:220:1::5', family: 6 },
  ]);
  expect(dns.questions.map(({ name }) => name)).toEqual(['hooks.example.com', 'hooks.example.com']);
});

test('a family without a response does not delay the other one', async () => {
  const dns = await startDnsServer(({ type }) => (type === 'A' ? ['93.184.216.34'] : undefined));
  const resolver = createHostResolver({ servers: [dns.address], timeoutMs: 60_000 });
  expect(await resolver.resolve('hooks.example.com')).toEqual([{ address: '93.184.216.34', family: 4 }]);
});

test('a host with addresses of only one family resolves', async () => {
  const dns = await startDnsServer(({ type }) => (type === 'AAAA' ? ['2606:2800:220:1::5'] : []));
  const resolver = createHostResolver({ servers: [dns.address] });
  expect(await resolver.resolve('hooks.example.com')).toEqual([{ address: '2606:2800:220:1::5', family: 6 }]);
});

test('a DNS server that never responds costs the timeout and no more', async () => {
  const dns = await startDnsServer(() => undefined);
  const resolver = createHostResolver({ servers: [dns.address], timeoutMs: 300 });
  const began = performance.now();
  await expect(resolver.resolve('hooks.example.com')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  expect(performance.now() - began).toBeGreaterThan(290);
  expect(dns.questions.length).toBeGreaterThan(0);
});

test('a host without any address is an error that says so', async () => {
  const dns = await startDnsServer(() => []);
  const resolver = createHostResolver({ servers: [dns.address] });
  await expect(resolver.resolve('hooks.example.com')).rejects.toMatchObject({ code: 'ENODATA' });
});

test('localhost and its subdomains resolve to the loopback interface, without a query', async () => {
  const dns = await startDnsServer(() => ['93.184.216.34']);
  const resolver = createHostResolver({ servers: [dns.address] });
  for (const name of ['localhost', 'LOCALHOST', 'hooks.localhost', 'localhost.'])
    expect(await resolver.resolve(name)).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  expect(dns.questions).toEqual([]);
});

test('the hosts file takes precedence over DNS', async () => {
  const hostsFile = join(temporaryFolder(), 'hosts');
  writeFileSync(
    hostsFile,
    '# comment\n10.1.2.3  Hooks.Internal hooks # more\nfd00::1 hooks.internal\nnonsense\n',
  );
  const dns = await startDnsServer(() => []);
  const resolver = createHostResolver({ servers: [dns.address], hostsFile });
  expect(await resolver.resolve('hooks.INTERNAL')).toEqual([
    { address: '10.1.2.3', family: 4 },
    { address: 'fd00::1', family: 6 },
  ]);
  expect(await resolver.resolve('hooks')).toEqual([{ address: '10.1.2.3', family: 4 }]);
});

test.each([
  ['an IPv4 address of a private network', ['10.0.0.1'], []],
  ['the loopback interface', ['127.0.0.1'], []],
  ['the metadata service of clouds', ['169.254.169.254'], []],
  ['a public and a private address', ['93.184.216.34', '192.168.1.1'], []],
  ['a public IPv4 and a private IPv6 address', ['93.184.216.34'], ['fd00::1']],
  ['the IPv6 loopback interface', [], ['::1']],
  ['a private IPv4 address mapped into IPv6', [], ['::ffff:7f00:1']],
  ['a private IPv4 address behind NAT64', [], ['64:ff9b::a00:1']],
])('the public-only agent does not connect to a name that resolves to %s', async (_name, v4, v6) => {
  const dns = await startDnsServer(({ type }) => (type === 'A' ? v4 : v6));
  const agent = createPublicOnlyAgent(5000, { servers: [dns.address] });
  onTestFinished(() => agent.destroy());
  await expect(request('http://hooks.example.com/', { dispatcher: agent })).rejects.toMatchObject({
    code: 'EPRIVATE',
  });
});

test.each(['http://127.0.0.1:1/', 'http://[::1]:1/', 'http://[::ffff:10.0.0.1]:1/', 'http://localhost:1/'])(
  'the public-only agent does not connect to %s',
  async (url) => {
    const agent = createPublicOnlyAgent(5000);
    onTestFinished(() => agent.destroy());
    await expect(request(url, { dispatcher: agent })).rejects.toMatchObject({ code: 'EPRIVATE' });
  },
);
