import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { createWebhookSender } from '../../src/client-webhooks/sender.js';
import { deriveSigningSecret } from '../../src/client-webhooks/signing-secrets.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, readSwap, requestSwap, swapMutation } from '../../testing/swap-client.js';
import { atMost } from '../../testing/timeouts.js';

const signingSecret = `whsec_${Buffer.from('a secret of thirty-two characters').toString('base64')}`;

interface Received {
  headers: Record<string, string>;
  body: string;
}

async function startReceiver(httpStatus = 204, headers: Record<string, string> = {}) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(httpStatus, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, port, received };
}

test("a finished swap is posted to the client's webhook, signed, in the same form as the query returns", async () => {
  const receiver = await startReceiver();
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(5)));
  const gateway = await startGateway({
    ...upstream.env,
    ALLOW_PRIVATE_WEBHOOKS: 'on',
    WEBHOOK_SIGNING_SECRET: signingSecret,
  });
  const swap = await requestSwap(gateway, { webhook: receiver.url, trackId: 7 }, { wait: 20 });
  await expect.poll(() => receiver.received.length).toBe(1);
  const [{ headers, body }] = receiver.received as [Received];
  expect(headers['webhook-id']).toBe(swap.id);
  const secret = deriveSigningSecret(signingSecret, 'local', 1);
  expect(new Webhook(secret).verify(body, headers)).toEqual(await readSwap(gateway, swap.id));
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
});

test.each([
  'http://hooks.example.com/a',
  'https://127.0.0.1/a',
  'https://10.0.0.1/a',
  'https://localhost/a',
  'https://hooks.example.com:8443/a',
  'https://u:p@hooks.example.com/',
  'mailto:a@example.com',
])('the webhook %s is rejected, and nothing is sent', async (webhook) => {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway(upstream.env);
  const { errors } = await gateway.graphql(swapMutation, { input: { ...images, webhook } });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'input.webhook' }],
  });
  expect(upstream.calls).toEqual([]);
});

test('a host name that resolves to a private address is not connected to', async () => {
  const receiver = await startReceiver();
  const options = { now: Date.now };
  const guarded = createWebhookSender({ ...options, allowPrivate: false });
  const open = createWebhookSender({ ...options, allowPrivate: true });
  onTestFinished(async () => void (await Promise.all([guarded.close(), open.close()])));
  const url = `http://localhost:${receiver.port}/hook`;
  expect(await guarded.send(url, 'id', '{}', [signingSecret])).toEqual({
    kind: 'failed',
    reason: 'the host has a private address',
  });
  expect(receiver.received).toEqual([]);
  expect(await open.send(url, 'id', '{}', [signingSecret])).toEqual({ kind: 'delivered' });
});

test.each([
  [200, 'delivered'],
  [299, 'delivered'],
  [301, 'failed'],
  [307, 'failed'],
  [400, 'failed'],
  [410, 'gone'],
  [500, 'failed'],
])('a response with status %i is %s, and no redirect is followed', async (httpStatus, kind) => {
  const elsewhere = await startReceiver();
  const receiver = await startReceiver(httpStatus, { location: elsewhere.url });
  const sender = createWebhookSender({ now: Date.now, allowPrivate: true });
  onTestFinished(() => sender.close());
  expect(await sender.send(receiver.url, 'id', '{}', [signingSecret])).toMatchObject({ kind });
  expect(elsewhere.received).toEqual([]);
});

test('a receiver that does not respond in time has failed', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const sender = createWebhookSender({ now: Date.now, allowPrivate: true, timeoutMs: 100 });
  onTestFinished(() => sender.close());
  const { port } = server.address() as AddressInfo;
  expect(await sender.send(`http://127.0.0.1:${port}/`, 'id', '{}', [signingSecret])).toMatchObject({
    kind: 'failed',
  });
});

test('a receiver that responds with 2xx and never ends its body delays no other delivery', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200).write('x');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const sender = createWebhookSender({ now: Date.now, allowPrivate: true, timeoutMs: 200 });
  onTestFinished(() => sender.close());
  const { port } = server.address() as AddressInfo;
  const began = performance.now();
  await sender.send(`http://127.0.0.1:${port}/`, 'id', '{}', [signingSecret]);
  expect(performance.now() - began).toBeLessThan(atMost(5000));
});
