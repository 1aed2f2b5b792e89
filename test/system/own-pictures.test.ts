import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createImageSource, type ImageSourceOptions } from '../../sandbox/image-source.js';
import { createSandbox } from '../../sandbox/sandbox.js';
import { connectProvider } from '../../src/app/provider.js';
import { readConfig } from '../../src/config/config.js';
import { captureLog } from '../../testing/capture-log.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { samplePicture } from '../../testing/pictures.js';
import { resultScript } from '../../testing/result-host.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { requestSwap, swapMutation } from '../../testing/swap-client.js';
import { upload } from '../../testing/upload.js';

const headers = bearer('ada');
const keyed = { GATEWAY_API_KEYS: keysFor('ada') };
const never = new AbortController().signal;

/** A service of this machine that no client may reach through the gateway. It has a picture at every path. */
async function startSecretService(location?: string) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (location === undefined) response.writeHead(200, { 'content-type': 'image/jpeg' });
    else response.writeHead(302, { location });
    response.end(samplePicture('ada'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

const inputOf = (url: string) => ({ initImage: url, targetImage: url, referenceImage: url });

async function codeFor({ graphql }: TestGateway, url: string): Promise<unknown> {
  const { errors } = await graphql(swapMutation, { input: inputOf(url) }, headers);
  return errors?.[0]?.extensions['code'];
}

/** Spellings of loopback, and URLs that look like the gateway's own pictures. */
function temptations(secretPort: number, gatewayUrl: string, sandboxUrl: string): string[] {
  const { host, port } = new URL(gatewayUrl);
  const names = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.2',
  ]
    .concat([
      'localhost',
      'LOCALHOST',
      'localhost.',
      'a.localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:0:127.0.0.1]',
    ])
    .concat(['0.0.0.0', '0', '[::]', '１２７.0.0.1', '127.0.0.1.', '10.0.0.1', '169.254.169.254']);
  const upload = `/uploads/${'0'.repeat(32)}.jpg`;
  return [
    ...names.map((name) => `http://${name}:${secretPort}/ada.jpg`),
    ...['/samples/ada.jpg', upload, '/generations/x.jpg'].map(
      (path) => `http://127.0.0.1:${secretPort}${path}`,
    ),
    ...[
      '/',
      '/livez',
      '/metrics',
      '/graphql',
      '/samples/',
      '/samples/../metrics',
      '/samples/%2e%2e/metrics',
      '/samples/ada.jpg/',
    ]
      .concat([
        '/samples/ada.jpg/..',
        '/samples//ada.jpg',
        '//samples/ada.jpg',
        '/x/samples/ada.jpg',
        '/samples/%61da.jpg',
      ])
      .concat([
        '/uploads/ada.jpg',
        `${upload}/..`,
        '/generations/',
        '/generations/../_sandbox/submissions.jpg',
      ])
      .map((path) => gatewayUrl + path),
    `http://${host}@127.0.0.1:${secretPort}/samples/ada.jpg`,
    `http://${host}:${secretPort}@127.0.0.1/samples/ada.jpg`,
    `http://127.0.0.1:${secretPort}/?${gatewayUrl}/samples/ada.jpg`,
    `http://127.0.0.1:${secretPort}/#${gatewayUrl}/samples/ada.jpg`,
    `http://127.0.0.1:${secretPort}\\@${host}/samples/ada.jpg`,
    `https://${host}/samples/ada.jpg`,
    `http://127.0.0.1.nip.io:${port}/samples/ada.jpg`,
    ...['/_sandbox/submissions', '/_sandbox/submissions.jpg', '/future/x.jpg', '/'].map(
      (path) => sandboxUrl + path,
    ),
  ];
}

const jwt = {
  AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks',
  AUTH_JWT_ISSUER: 'issuer',
  AUTH_JWT_AUDIENCE: 'gateway',
};

describe('a gateway with clients, in front of the sandbox', () => {
  test.each([
    ['keys', keyed],
    ['keys and JWTs', { ...keyed, ...jwt }],
  ])(
    'with %s accepts no picture of another service on this machine, however its URL is spelled',
    async (_what, env) => {
      const secret = await startSecretService();
      const sandbox = await createSandbox({ render: false });
      onTestFinished(sandbox.close);
      const gateway = await startGateway({ ...env, RATE_LIMIT: 'off', ALLOW_HTTP_IMAGES: 'on' }, { sandbox });
      const urls = temptations(secret.port, gateway.url, sandbox.url);
      for (const url of urls) expect([url, await codeFor(gateway, url)]).toEqual([url, 'BAD_USER_INPUT']);
      expect(sandbox.submissions()).toEqual([]);
      expect(secret.requests).toEqual([]);
    },
  );

  test('accepts its samples, uploads and results, by every name of its own', async () => {
    const gateway = await startGateway({ ...keyed, PUBLIC_URL: 'https://swaps.example.com/gateway/' });
    const { port } = new URL(gateway.url);
    const { picture } = await upload(gateway, samplePicture('bruno'), headers);
    const path = new URL(picture.url).pathname.replace('/gateway', '');
    const bases = [
      gateway.url,
      `http://localhost:${port}`,
      `http://[::1]:${port}`,
      'https://swaps.example.com/gateway',
    ];
    const [listening, local, v6, published] = bases;
    const swapAndDownload = async (init: string, target: string, reference: string): Promise<string> => {
      const input = { initImage: init, targetImage: target, referenceImage: reference };
      const swap = await requestSwap(gateway, input, { wait: 30, headers });
      expect(swap).toMatchObject({ status: 'SUCCEEDED', error: null });
      const download = await fetch(`${gateway.url}/swaps/${swap.id}/download`, { headers });
      expect([download.status, download.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
      expect((await download.arrayBuffer()).byteLength).toBeGreaterThan(1000);
      return new URL(swap.output[0] ?? '').pathname.replace('/gateway', '');
    };
    const result = await swapAndDownload(
      `${listening}/samples/ada.jpg`,
      local + path,
      `${published}/samples/ada.jpg?again`,
    );
    await swapAndDownload(listening + result, published + path, v6 + result);
  });

  test('reports its own picture that no longer exists as unreadable, without asking anyone for it', async () => {
    const gateway = await startGateway(keyed);
    for (const path of [
      `/uploads/${'0'.repeat(32)}.jpg`,
      '/generations/gone.jpg',
      '/samples/nobody.jpg',
      '/samples/ada.svg',
    ]) {
      const swap = await requestSwap(gateway, inputOf(gateway.url + path), { wait: 30, headers });
      expect(swap).toMatchObject({ status: 'FAILED', error: { code: 'IMAGE_UNREADABLE' } });
    }
  });

  test.each(['off', 'disk'])(
    'downloads no result from another service on this machine, with ARCHIVE=%s',
    async (ARCHIVE) => {
      const secret = await startSecretService();
      const sandbox = await createSandbox({ render: false, faults: { generationMs: [0, 0] } });
      onTestFinished(sandbox.close);
      const env = { ...keyed, RATE_LIMIT: 'off', ALLOW_HTTP_IMAGES: 'on', ARCHIVE };
      const gateway = await startGateway(env, { sandbox });
      const script = resultScript(sandbox.url);
      const urls = temptations(secret.port, gateway.url, sandbox.url);
      for (const [index, url] of urls.entries()) {
        await script(1000 + index, [url]);
        const { id } = await requestSwap(gateway, { trackId: index }, { wait: 30, headers });
        const response = await fetch(`${gateway.url}/swaps/${id}/download`, { headers });
        expect([url, response.status]).toEqual([url, 404]);
      }
      expect(secret.requests).toEqual([]);
      const { id, output } = await requestSwap(gateway, { trackId: -1 }, { wait: 30, headers });
      expect(output[0]).toContain(ARCHIVE === 'off' ? sandbox.url : gateway.url);
      expect((await fetch(`${gateway.url}/swaps/${id}/download`, { headers })).status).toBe(200);
    },
  );
});

test('a gateway without clients, which serves only this machine, accepts its other pictures, but none of its network', async () => {
  const service = await startSecretService();
  const gateway = await startGateway();
  const url = `http://127.0.0.1:${service.port}/ada.jpg`;
  const swap = await requestSwap(gateway, inputOf(url), { wait: 30 });
  expect(swap).toMatchObject({ status: 'SUCCEEDED' });
  expect(service.requests).toEqual(['/ada.jpg', '/ada.jpg', '/ada.jpg']);
  for (const host of ['10.0.0.1', '192.168.0.1', '169.254.169.254', '0.0.0.0'])
    expect(await codeFor(gateway, `http://${host}:${service.port}/ada.jpg`)).toBe('BAD_USER_INPUT');
});

test('in front of ModelsLab, which could not fetch them, pictures on loopback are refused if only URLs are sent', async () => {
  const gateway = await startGateway({
    MODELSLAB_API_KEY: 'a-key',
    MODELSLAB_BASE_URL: 'http://127.0.0.1:9',
    MODELSLAB_IMAGES: 'url',
  });
  for (const url of ['http://127.0.0.1:80/a.jpg', `${gateway.url}/samples/ada.jpg`])
    expect(await codeFor(gateway, url)).toBe('BAD_USER_INPUT');
});

test.each([
  ['with clients', keyed, 'failed', 0],
  ['without clients', {}, 'processing', 3],
])(
  'the sandbox of a gateway %s checks the address that it connects to, whatever the gateway let pass',
  async (_what, env, kind, count) => {
    const secret = await startSecretService();
    const { log } = captureLog();
    const upstream = await connectProvider(readConfig(env), log, {}, () => undefined);
    onTestFinished(upstream.close);
    const { initImage, ...others } = inputOf(`http://a.localhost:${secret.port}/ada.jpg`);
    const request = { initImage, ...others, watermark: true };
    const outcome = await upstream.provider.submit(request, 'http://127.0.0.1:9/webhook');
    expect([outcome.kind, secret.requests.length]).toEqual([kind, count]);
  },
);

describe('the sandbox connects only to addresses within its reach', () => {
  const load = (url: string, options: ImageSourceOptions) => {
    const source = createImageSource(options);
    onTestFinished(source.close);
    return source.load(url, false, never);
  };

  test.each(['127.0.0.1', 'localhost', 'a.localhost', '[::ffff:127.0.0.1]', '2130706433'])(
    'not to %s, if that is only the public internet',
    async (host) => {
      const secret = await startSecretService();
      await expect(load(`http://${host}:${secret.port}/`, { reach: 'public' })).rejects.toThrow(
        /private address/,
      );
      expect(secret.requests).toEqual([]);
    },
  );

  test('to loopback by name and by address, but to no private network, if it serves this machine', async () => {
    const secret = await startSecretService();
    const options = {};
    for (const host of ['127.0.0.1', 'localhost', 'a.localhost'])
      expect((await load(`http://${host}:${secret.port}/`, options)).length).toBeGreaterThan(1000);
    for (const host of ['10.0.0.1', '192.168.0.1', '[fd00::1]', '0.0.0.0'])
      await expect(load(`http://${host}:${secret.port}/`, options)).rejects.toThrow(/private address/);
  });

  test('and never follows a redirect', async () => {
    const secret = await startSecretService();
    const redirecting = await startSecretService(`http://127.0.0.1:${secret.port}/`);
    for (const reach of ['public-or-loopback', 'anywhere'] as const)
      await expect(load(`http://127.0.0.1:${redirecting.port}/`, { reach })).rejects.toThrow('status 302');
    expect(redirecting.requests).toHaveLength(2);
    expect(secret.requests).toEqual([]);
  });
});
