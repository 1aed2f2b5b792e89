import { once } from 'node:events';
import { createServer, get as getOverHttp } from 'node:http';
import { createServer as createHttpsServer, get as getOverHttps } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { Agent, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { createProxies } from '../../src/lib/proxies.js';
import { createProxyAgent } from '../../src/lib/proxy-agent.js';
import { createConnector } from '../../src/lib/proxy-connector.js';
import { createPublicOnlyAgent, createPublicOrLoopbackAgent } from '../../src/lib/public-only-agent.js';
import { type ConnectProxy, startConnectProxy } from '../../testing/connect-proxy.js';
import { startDnsServer } from '../../testing/dns-server.js';
import { localhostCertificate } from '../../testing/localhost-certificate.js';

const publicAddress = '93.184.216.34';

async function startServer() {
  const headers: Record<string, unknown>[] = [];
  const server = createServer((incoming, response) => {
    headers.push(incoming.headers);
    response.end('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, headers };
}

const proxiesFor = ({ url }: Pick<ConnectProxy, 'url'>, none = '') =>
  createProxies({ http: url, https: url, none });

async function get(url: string, agent: Agent): Promise<string> {
  onTestFinished(() => agent.destroy());
  const { body } = await request(url, { dispatcher: agent });
  return body.text();
}

test('a guarded connection asks the proxy for the address that was checked, once', async () => {
  const server = await startServer();
  let answers = 0;
  const dns = await startDnsServer(({ type }) => {
    if (type !== 'A') return [];
    answers += 1;
    // DNS rebinding: a second lookup gives a private address.
    return [answers === 1 ? publicAddress : '10.0.0.1'];
  });
  const proxy = await startConnectProxy(
    { [`${publicAddress}:80`]: server.port },
    { credentials: 'gateway:s%3Acret' },
  );
  const agent = createPublicOnlyAgent(2000, { servers: [dns.address], proxies: proxiesFor(proxy) });
  expect(await get('http://hooks.example.com/a', agent)).toBe('hello');
  const authorization = `Basic ${Buffer.from('gateway:s:cret').toString('base64')}`;
  expect(proxy.connects).toEqual([{ authority: `${publicAddress}:80`, authorization }]);
  expect(server.headers).toMatchObject([{ host: 'hooks.example.com' }]);
  expect(server.headers[0]).not.toHaveProperty('proxy-authorization');
  expect(answers).toBe(1);
});

test.each([
  'http://10.1.2.3/',
  'http://169.254.169.254/latest/meta-data',
  'http://[fd00::1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://127.0.0.1/',
  'http://localhost/',
  'http://[::1]/',
  'https://private.example.com/',
  'https://mixed.example.com/',
])('%s is refused before the proxy learns of it', async (url) => {
  const dns = await startDnsServer(({ name, type }) => {
    if (type !== 'A') return [];
    return name.startsWith('mixed') ? [publicAddress, '192.168.0.1'] : ['10.0.0.1'];
  });
  const proxy = await startConnectProxy({});
  const agent = createPublicOnlyAgent(2000, { servers: [dns.address], proxies: proxiesFor(proxy) });
  await expect(get(url, agent)).rejects.toMatchObject({ code: 'EPRIVATE' });
  expect(proxy.connects).toEqual([]);
});

test('a host of NO_PROXY is connected to directly, with the same guard', async () => {
  const dns = await startDnsServer(({ type }) => (type === 'A' ? ['10.0.0.1'] : []));
  const proxy = await startConnectProxy({});
  const proxies = proxiesFor(proxy, 'example.com');
  const agent = createPublicOnlyAgent(2000, { servers: [dns.address], proxies });
  await expect(get('http://hooks.example.com/', agent)).rejects.toMatchObject({ code: 'EPRIVATE' });
  const server = await startServer();
  const local = createPublicOrLoopbackAgent(2000, { proxies: proxiesFor(proxy) });
  expect(await get(`http://127.0.0.1:${server.port}/`, local)).toBe('hello');
  expect(proxy.connects).toEqual([]);
});

test('a host that does not exist is not asked of the proxy', async () => {
  const dns = await startDnsServer(() => []);
  const proxy = await startConnectProxy({});
  const agent = createPublicOnlyAgent(2000, { servers: [dns.address], proxies: proxiesFor(proxy) });
  await expect(get('http://hooks.example.com/', agent)).rejects.toMatchObject({ code: expect.any(String) });
  expect(proxy.connects).toEqual([]);
});

test('TLS through the proxy names and checks the host, not the address', async () => {
  const names: unknown[] = [];
  const server = createTlsServer(localhostCertificate, (socket: TLSSocket) => {
    names.push(socket.servername);
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const proxy = await startConnectProxy({ [`${publicAddress}:443`]: port });
  const connectTo = (socket: object) =>
    new Agent({
      connect: createConnector({
        timeoutMs: 2000,
        socket: { ca: localhostCertificate.cert, allowH2: false, ...socket },
        proxies: proxiesFor(proxy),
        resolve: async () => publicAddress,
      }),
    });
  await expect(get('https://secure.example.com/', connectTo({}))).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    message: expect.stringContaining('secure.example.com'),
  });
  const lenient = connectTo({ checkServerIdentity: () => undefined });
  expect(await get('https://secure.example.com/', lenient)).toBe('hello');
  expect(names).toContain('secure.example.com');
  expect(new Set(proxy.connects.map(({ authority }) => authority))).toEqual(
    new Set([`${publicAddress}:443`]),
  );
});

test.each(['http:', 'https:'])('an agent of Node.js connects through the proxy over %s', async (protocol) => {
  const server =
    protocol === 'https:'
      ? createHttpsServer(localhostCertificate, (_request, response) => void response.end('hello'))
      : createServer((_request, response) => void response.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const authority = `collector.example.com:${protocol === 'https:' ? 443 : 80}`;
  const proxy = await startConnectProxy({ [authority]: (server.address() as AddressInfo).port });
  const proxies = proxiesFor(proxy);
  if (!proxies) throw new Error('no proxies');
  const agent = createProxyAgent(proxies, protocol);
  onTestFinished(() => agent.destroy());
  const get = (options: object) =>
    new Promise<string>((resolve, reject) => {
      const open = protocol === 'https:' ? getOverHttps : getOverHttp;
      open(`${protocol}//collector.example.com/v1`, { agent, ...options }, async (response) => {
        let text = '';
        for await (const chunk of response) text += String(chunk);
        resolve(text);
      }).on('error', reject);
    });
  const { cert: ca } = localhostCertificate;
  expect(await get({ ca, checkServerIdentity: () => undefined })).toBe('hello');
  expect(proxy.connects.map((connect) => connect.authority)).toEqual([authority]);
  if (protocol === 'https:')
    await expect(get({ ca })).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  proxy.refuse(403);
  agent.destroy();
  await expect(get({ ca, checkServerIdentity: () => undefined })).rejects.toMatchObject({ code: 'EPROXY' });
});

test.each<[string, (proxy: ConnectProxy) => void, string]>([
  ['asks for credentials', ({ refuse }) => refuse(407), 'HTTP 407'],
  ['refuses the destination', ({ refuse }) => refuse(403), 'HTTP 403'],
  ['cannot connect', ({ refuse }) => refuse(502), 'HTTP 502'],
  ['does not respond', ({ refuse }) => refuse(0), 'timeout'],
])('a proxy that %s is named in the error, without its credentials', async (_, break_, reason) => {
  const proxy = await startConnectProxy({}, { credentials: 'gateway:s3cret' });
  break_(proxy);
  const connect = createConnector({ timeoutMs: 300, proxies: proxiesFor(proxy) });
  const failure = await get('http://a.example.com/', new Agent({ connect })).catch((error: Error) => error);
  expect(failure).toMatchObject({ code: 'EPROXY', message: `the proxy did not connect: ${reason}` });
});

test('a proxy that is not there, and one that speaks no HTTP, are errors of the proxy', async () => {
  const noise = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('SSH-2.0-OpenSSH\r\n');
  });
  noise.listen(0, '127.0.0.1');
  await once(noise, 'listening');
  onTestFinished(() => void noise.close());
  const { port } = noise.address() as AddressInfo;
  for (const url of ['http://127.0.0.1:1', `http://127.0.0.1:${port}`, `https://127.0.0.1:${port}`]) {
    const connect = createConnector({ timeoutMs: 1000, proxies: createProxies({ http: url }) });
    const failure = get('http://a.example.com/', new Agent({ connect }));
    await expect(failure).rejects.toMatchObject({ code: 'EPROXY', name: 'ProxyError' });
  }
});
