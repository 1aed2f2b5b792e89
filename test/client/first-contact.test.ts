import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readGatewayUrl } from '../../packages/client/src/gateway-url.js';
import { createSwapClient } from '../../packages/client/src/index.js';
import { freePort } from '../../testing/free-port.js';
import { images } from '../../testing/swap-client.js';

test.each([
  ['https://swaps.example.com', 'https://swaps.example.com'],
  ['https://swaps.example.com/', 'https://swaps.example.com'],
  ['https://swaps.example.com/graphql', 'https://swaps.example.com'],
  [' https://swaps.example.com/graphql/\n', 'https://swaps.example.com'],
  ['HTTP://127.0.0.1:4000', 'HTTP://127.0.0.1:4000'],
  ['http://[::1]:4000/api/', 'http://[::1]:4000/api'],
  ['https://example.com/swaps/graphql', 'https://example.com/swaps'],
])('%j is the URL of a gateway', (url, base) => {
  expect(readGatewayUrl(url)).toBe(base);
});

test.each([
  [undefined, 'is missing'],
  [null, 'is missing'],
  [4000, 'is missing'],
  ['', 'is missing'],
  ['  ', 'is missing'],
  ['localhost:4000', 'does not start with https:// or http://'],
  ['swaps.example.com', 'does not start with https:// or http://'],
  ['//swaps.example.com', 'does not start with https:// or http://'],
  ['ws://swaps.example.com', 'does not start with https:// or http://'],
  ['wss://swaps.example.com/graphql', 'does not start with https:// or http://'],
  ['file:///graphql', 'does not start with https:// or http://'],
  ['https:/swaps.example.com', 'does not start with https:// or http://'],
  ['undefined/graphql', 'does not start with https:// or http://'],
  ['/api', 'has no host'],
  ['https://', 'is not valid'],
  ['https://?', 'has a query or a fragment'],
  ['https://swaps example.com', 'is not valid'],
  ['https://swaps.example.com:99999', 'is not valid'],
  ['https://swaps.example.com:port', 'is not valid'],
  ['http://[::1', 'is not valid'],
  ['https://swaps.example.com\\graphql', 'is not valid'],
  ['https://swaps.example.com/graphql?key=1', 'has a query or a fragment'],
  ['https://swaps.example.com/#swaps', 'has a query or a fragment'],
  ['https://ada:secret@swaps.example.com', 'contains a user name; pass `apiKey` or `getToken` instead'],
])('a client with the URL %j is not created', (url, problem) => {
  expect(() => createSwapClient({ url: url as string })).toThrow(
    expect.objectContaining({
      name: 'SwapClientError',
      code: 'BAD_URL',
      message: expect.stringContaining(problem),
    }),
  );
});

test('an error about a URL does not repeat a password in it', () => {
  expect(() => createSwapClient({ url: 'https://ada:secret@swaps.example.com' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  );
});

test('in a page, a path is on the origin of the page', () => {
  vi.stubGlobal('location', { origin: 'https://app.example.com' });
  onTestFinished(() => void vi.unstubAllGlobals());
  expect(readGatewayUrl('/api/graphql')).toBe('https://app.example.com/api');
});

test('a wrong address fails within two seconds, for requests and for followers', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const since = Date.now();
  const client = createSwapClient({ url });
  await Promise.all(
    [client.swap(images), client.watch('one'), client.get('one'), client.list(), client.wait('one')].map(
      (call) =>
        expect(call).rejects.toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining(url) }),
    ),
  );
  expect(Date.now() - since).toBeLessThan(2000);
});

test.each([
  ['a website', 200, '<h1>Welcome</h1>'],
  ['another API', 404, '{"error":"not found"}'],
  ['another method', 405, ''],
  ['a redirect that is not followed', 304, ''],
  ['a list', 200, '[]'],
])('%s at the address is reported after one request', async (_name, status, body) => {
  let requests = 0;
  const url = await listen((_request, response) => {
    requests++;
    response.writeHead(status).end(status === 304 ? undefined : body);
  });
  await expect(createSwapClient({ url }).swap(images)).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  expect(requests).toBe(1);
});

test('a server that accepts connections and says nothing is given up after the first timeouts', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const requests: AbortSignal[] = [];
  const fetch = (_url: unknown, { signal }: RequestInit = {}) => {
    if (signal) requests.push(signal);
    return new Promise<Response>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  };
  const since = Date.now();
  const failed = expect(
    createSwapClient({ url: 'https://swaps.example.com', fetch: fetch as typeof globalThis.fetch }).get(
      'one',
    ),
  ).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await vi.advanceTimersByTimeAsync(12_000);
  await failed;
  expect(Date.now() - since).toBeLessThanOrEqual(12_000);
  expect(requests).toHaveLength(1);
});

/** Like a browser's for a server that does not allow the page's origin. */
function fetchOfBrowser(isThere: boolean): typeof fetch {
  return async (_url, options) => {
    if (isThere && options?.mode === 'no-cors') return new Response();
    throw new TypeError('Failed to fetch');
  };
}

test('a refused origin is named within two seconds', async () => {
  vi.stubGlobal('location', { origin: 'https://app.example.com' });
  onTestFinished(() => void vi.unstubAllGlobals());
  const since = Date.now();
  const refused = createSwapClient({ url: 'https://swaps.example.com', fetch: fetchOfBrowser(true) });
  await expect(refused.swap(images)).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringMatching(/https:\/\/app\.example\.com: ALLOWED_ORIGINS/),
  });
  const absent = createSwapClient({ url: 'https://swaps.example.com', fetch: fetchOfBrowser(false) });
  await expect(absent.swap(images)).rejects.toMatchObject({
    message: expect.not.stringContaining('ALLOWED_ORIGINS'),
  });
  expect(Date.now() - since).toBeLessThan(4000);
});

test('once the gateway has responded, an outage is waited out as before', async () => {
  let requests = 0;
  const url = await listen((_request, response) => {
    requests++;
    if (requests === 1 || requests === 6) response.end(JSON.stringify({ data: { swapResult: null } }));
    else response.destroy();
  });
  const client = createSwapClient({ url });
  expect(await client.get('one')).toBeNull();
  expect(await client.get('one')).toBeNull();
  expect(requests).toBe(6);
});

test('a connection that is cut before any response is an outage, too', async () => {
  const server = createTcpServer((socket) => void socket.resetAndDestroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expect(createSwapClient({ url: `http://127.0.0.1:${port}` }).get('one')).rejects.toMatchObject({
    code: 'UNREACHABLE',
  });
});

async function listen(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
