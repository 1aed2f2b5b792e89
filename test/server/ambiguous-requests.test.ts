import { describe, expect, test } from 'vitest';
import { sendRaw } from '../../testing/raw-request.js';
import { startGateway } from '../../testing/start-gateway.js';

type Head = readonly [name: string, value: string][];

const body = JSON.stringify({ query: '{ gatewayStatus { version } }' });
const post: Head = [
  ['Host', 'localhost'],
  ['Content-Type', 'application/json'],
  ['Content-Length', String(body.length)],
];
const upgrade: Head = [
  ['Host', 'localhost'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Sec-WebSocket-Protocol', 'graphql-transport-ws'],
];
const write = (line: string, head: Head, content = ''): string =>
  `${line} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${content}`;

/** Name, and two values. */
const doubled = [
  ['Host', 'localhost', 'localhost'],
  ['hOST', 'localhost', 'evil.example'],
  ['Authorization', 'Bearer a', 'Bearer b'],
  ['Authorization', 'Bearer a', 'Bearer a'],
  ['Origin', 'http://localhost', 'http://evil.example'],
  ['Content-Type', 'application/json', 'text/plain'],
  ['Content-Encoding', 'identity', 'gzip'],
  ['Content-Length', '0', '0'],
  ['Content-Length', String(body.length), String(body.length)],
  ['Content-Length', '0', '5'],
  ['Content-Length', '5', '0'],
  ['Transfer-Encoding', 'chunked', 'chunked'],
  ['Transfer-Encoding', 'chunked', 'identity'],
  ['Transfer-Encoding', 'identity', 'chunked'],
] as const;

const invalidHosts = [
  '</script><script>alert(1)</script>',
  'localhost/</script>',
  'localhost"',
  "localhost'",
  'local host',
  'localhost, evil.example',
  'user@localhost',
  'localhost:port',
  'localhost:4000:5000',
  '`\x24{alert(1)}`',
  'localhost\\evil',
  'b\xfccher.example',
  '[::1',
];

describe.each([
  ['a POST that the fast path would handle', 'POST /graphql', post, body, 200],
  ['a POST that Fastify handles', 'POST /graphql?', post, body, 200],
  ['a page', 'GET /graphql/ide/', [['Host', 'localhost']] as Head, '', 200],
  ['a WebSocket', 'GET /graphql', upgrade, '', 101],
])('%s', (_what, line, head, content, status) => {
  const without = (name: string): Head =>
    head.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
  const prepare = async () => {
    const { url } = await startGateway();
    const send = async (changed: Head): Promise<number> =>
      (await sendRaw(url, write(line, changed, content))).status;
    return { url, send };
  };

  test('is rejected if a header that may occur once occurs twice, wherever', async () => {
    const { send } = await prepare();
    expect(await send(head)).toBe(status);
    for (const [name, first, second] of doubled) {
      const rest = without(name);
      const sent = [await send([...rest, [name, first], [name, second]])];
      sent.push(await send([[name, first], ...rest, [name, second]]));
      expect([name, first, second, ...sent]).toEqual([name, first, second, 400, 400]);
    }
    const lengths: Head = [
      ['Content-Length', String(content.length)],
      ['Transfer-Encoding', 'chunked'],
    ];
    expect(await send([...without('Content-Length'), ...lengths])).toBe(400);
  });

  test('is rejected for a host that is none', async () => {
    const { send } = await prepare();
    for (const host of invalidHosts)
      expect([host, await send([['Host', host], ...without('Host')])]).toEqual([host, 400]);
    for (const host of ['localhost', 'LOCALHOST:4000', '127.0.0.1:4000', '[::1]:4000'])
      expect([host, await send([['Host', host], ...without('Host')])]).toEqual([host, status]);
  });

  test('is rejected if its target names another host', async () => {
    const { url } = await prepare();
    const [method, path] = line.split(' ');
    const sendTo = async (target: string): Promise<number> =>
      (await sendRaw(url, write(`${method} ${target}`, head, content))).status;
    expect(await sendTo(`http://evil.example${path}`)).toBe(400);
    expect(await sendTo(`http://localhost@evil.example${path}`)).toBe(400);
    expect(await sendTo('evil.example:80')).toBe(400);
    expect(await sendTo(`http://localhost${path}`)).not.toBe(400);
  });
});

test('what follows an ambiguous request on its connection is not read', async () => {
  const { url } = await startGateway();
  const ambiguous = write('POST /graphql', [['Host', 'localhost'], ...post], body);
  const { text } = await sendRaw(url, ambiguous + write('GET /livez', [['Host', 'localhost']]), 'closed');
  expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 400']);
  expect(text).toContain('"code":"BAD_REQUEST"');
  expect(text).toContain("content-security-policy: default-src 'none'");
});

test('several addresses of proxies and several accepted types are not ambiguous', async () => {
  const { url } = await startGateway();
  const more: Head = [
    ['X-Forwarded-For', '192.0.2.1'],
    ['X-Forwarded-For', '192.0.2.2'],
    ['Accept', 'application/json'],
    ['Accept', '*/*'],
  ];
  expect(await sendRaw(url, write('POST /graphql', [...post, ...more], body))).toMatchObject({ status: 200 });
});
