import { once } from 'node:events';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { prepareNginx, renderNginxConfig } from '../../scripts/topology/nginx.js';
import { bearer } from '../../testing/gateway-keys.js';
import { createGraphqlClient } from '../../testing/graphql-client.js';
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
