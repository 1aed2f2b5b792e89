import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { prepareNginx, renderNginxConfig, startNginx } from '../../scripts/topology/nginx.js';
import { freePort } from '../../testing/free-port.js';
import { bearer } from '../../testing/gateway-keys.js';
import { createGraphqlClient } from '../../testing/graphql-client.js';
import { canary, expectPrivate } from '../../testing/private-urls.js';
import { requestSwap, watchToEnd } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { topologyForTest } from '../../testing/topology.js';

const authorization = bearer('demo');

/** Resolves with the status of the handshake. The socket stays open until the test is over. */
async function openSocket(url: string, localAddress: string, headers: Record<string, string> = {}) {
  const address = `${url.replace('http', 'ws')}/graphql`;
  const socket = new WebSocket(address, 'graphql-transport-ws', { localAddress, headers });
  onTestFinished(() => socket.terminate());
  socket.on('error', () => undefined);
  const opened = once(socket, 'open').then(() => 101);
  const refused = once(socket, 'unexpected-response').then(([, response]) => Number(response.statusCode));
  return Promise.race([opened, refused]);
}

test('nginx -t accepts the configuration, and rejects a misspelled one', () => {
  const folder = temporaryFolder();
  prepareNginx({ folder, port: 8080, gateways: [{ host: '127.0.0.1:4000' }, { host: '127.0.0.1:4001' }] });
  expect(() => prepareNginx({ folder, port: 8080, gateways: [{ host: '127.0.0.1:4000 fial=1' }] })).toThrow(
    'invalid parameter "fial=1"',
  );
});

test('the configuration needs three values, which compose.yaml provides', () => {
  const values = { BALANCER_LISTEN: '8080', BALANCER_FILES: '/tmp', BALANCER_GATEWAYS: '' };
  expect(renderNginxConfig(values)).not.toContain('${');
  for (const name of Object.keys(values))
    expect(() => renderNginxConfig({ ...values, [name]: undefined } as never)).toThrow(name);
});

test('client addresses cannot be spoofed, and pages of the balancer’s own origin may connect', async () => {
  const { url } = await topologyForTest({ gateways: 1, env: { MAX_SOCKETS_PER_ADDRESS: '1' } });
  expect(await openSocket(url, '127.0.0.2', { origin: url })).toBe(101);
  expect(await openSocket(url, '127.0.0.2')).toBe(429);
  expect(await openSocket(url, '127.0.0.2', { 'x-forwarded-for': '203.0.113.7' })).toBe(429);
  expect(await openSocket(url, '127.0.0.3', { origin: 'https://elsewhere.example' })).toBe(403);
  expect(await openSocket(url, '127.0.0.3')).toBe(101);
});

test('pictures of 10 MB and webhooks of 1 MB pass, larger requests and operators’ routes do not, secret URLs are not logged', async () => {
  const topology = await topologyForTest({ gateways: 2, faults: { generationMs: [10, 20] } });
  const { url, balancer } = topology;
  const noise = await sharp({
    create: {
      width: 1500,
      height: 2000,
      channels: 3,
      background: 'red',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .png()
    .toBuffer();
  expect(noise.length).toBeGreaterThan(5_000_000);
  const form = new FormData();
  form.append('file', new Blob([noise]), 'noise.png');
  const stored = await fetch(`${url}/uploads`, { method: 'POST', body: form, headers: authorization });
  expect(stored.status).toBe(201);
  const picture = (await stored.json()) as { url: string };
  // Once from each instance: they share the folder.
  for (const { url: instance } of topology.instances)
    expect((await fetch(instance + new URL(picture.url).pathname)).status).toBe(200);

  const large = { method: 'POST', body: JSON.stringify({ query: ' '.repeat(200_000) }) };
  expect((await fetch(`${url}/graphql`, large)).status).toBe(413);
  for (const path of ['/metrics', '/livez', '/readyz']) expect((await fetch(url + path)).status).toBe(404);

  const client = createGraphqlClient(url);
  const { id } = await requestSwap(client, {}, { headers: authorization });
  await watchToEnd({ ...client, subscribe: (q, v) => client.subscribe(q, v, authorization) }, id);
  const [submission] = await topology.submissions();
  const token = String(submission?.webhook).split('/').at(-1) ?? '';
  expect(token.length).toBeGreaterThan(20);
  const webhook = `${url}/webhooks/modelslab/${token}`;
  const report = { status: 'success', fill: 'x'.repeat(1_000_000) };
  expect((await fetch(webhook, { method: 'POST', body: JSON.stringify(report) })).status).toBe(200);
  report.fill += 'x'.repeat(200_000);
  expect((await fetch(webhook, { method: 'POST', body: JSON.stringify(report) })).status).toBe(413);
  for (const wrong of [`${url}/webhooks/other/${token}`, `${url}/webhooks/${token}`])
    expect((await fetch(wrong, { method: 'POST' })).status).toBe(404);
  for (const line of ['/webhooks/modelslab/- 200', '/webhooks/other/- 404', '/webhooks/- 404'])
    await expect.poll(() => balancer.output()).toContain(`POST ${line}`);
  expect(balancer.output()).not.toContain(token);
  const secret = 'f1'.repeat(16);
  expect((await fetch(`${url}/files/${secret}/0.jpg`)).status).toBe(404);
  await expect.poll(() => balancer.output()).toContain('GET /files/- 404');
  expect(balancer.output()).not.toContain(secret);
});

/** A gateway that quotes the request in an invalid response, or resets the connection. */
async function startBadGateway(answer: (request: string) => string | undefined): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      const text = answer(String(data));
      if (text === undefined) socket.resetAndDestroy();
      else socket.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ['refuse connections', async (): Promise<string> => '127.0.0.1:1', 502],
  ['reset connections', () => startBadGateway(() => undefined), 502],
  ['respond with nonsense', () => startBadGateway((request) => `nonsense ${request}`), 502],
  ['send invalid headers', () => startBadGateway((request) => `HTTP/1.1 200 OK\r\n\0${request}`), 502],
  ['truncate responses', () => startBadGateway(() => 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'), 200],
] as const)(
  'neither log of nginx contains a URL of a picture or a webhook when gateways %s',
  async (_, start, status) => {
    const folder = temporaryFolder();
    const nginx = await startNginx({ folder, port: await freePort(), gateways: [{ host: await start() }] });
    onTestFinished(() => nginx.stop());
    const paths = [
      `/uploads/${canary}.jpg`,
      `//uploads//${canary}.jpg`,
      `/uploads%2f${canary}.jpg`,
      `/UPLOADS/${canary}.jpg`,
      `/generations/${canary}.jpg?${canary}`,
      `/files/${canary}/1.jpg`,
      `/webhooks/modelslab/${canary}`,
      `/webhooks/${canary}`,
      `/Webhooks/modelslab/${canary}`,
      `/prefix/webhooks/modelslab/${canary}`,
      `/graphql?query=${canary}`,
      `/graphql/${canary}`,
      `/assets/${canary}/x`,
      `/swaps/${canary}/download`,
      `/livez/${canary}`,
      `/${canary}`,
      '/graphql',
    ];
    for (const path of paths) {
      const headers = {
        referer: `https://images.example.com/${canary}`,
        'x-request-id': canary,
        cookie: canary,
      };
      const response = await fetch(nginx.url + path, { headers }).catch(() => undefined);
      if (response) expect([path, response.status]).toEqual([path, status]);
      await response?.text().catch(() => undefined);
      const body = canary.repeat(2_000_000);
      const refused = await fetch(nginx.url + path, { method: 'POST', headers, body }).catch(() => undefined);
      if (refused) expect(refused.status).toBe(413);
    }
    for (const request of [
      `GET /${canary} NOPE`,
      `${canary} /uploads/${canary}.jpg HTTP/1.1`,
      `GET /%zz${canary} HTTP/1.1`,
    ])
      await sendRaw(nginx.url, `${request}\r\nHost: a\r\nBad ${canary}\r\n\r\n`);
    const entries = () => nginx.entries().map(({ method, path }) => `${method} ${path}`);
    const logged = [
      '/uploads/-',
      '/generations/-',
      '/files/-',
      '/webhooks/modelslab/-',
      '/webhooks/-',
      '/graphql',
      '-',
    ];
    const expected = [...logged.flatMap((path) => [`GET ${path}`, `POST ${path}`]), '- -'];
    await expect.poll(() => [...new Set(entries())].sort()).toEqual(expected.sort());
    await nginx.stop();
    expectPrivate(nginx.output());
  },
);

async function sendRaw(url: string, text: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined).resume();
  socket.end(text);
  await once(socket, 'close');
}
