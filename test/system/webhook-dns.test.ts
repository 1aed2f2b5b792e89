import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startDnsServer } from '../../testing/dns-server.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { createGraphqlClient } from '../../testing/graphql-client.js';
import { spawnGateway } from '../../testing/spawn-gateway.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

test("a client's swap completes while the DNS lookups of another client's webhooks hang", async () => {
  const dns = await startDnsServer(() => undefined);
  const upstream = await startStubModelsLab();
  let lastId = 0;
  upstream.handle((call) => call.answer(200, answers.success(++lastId)));
  const gateway = await startGateway({
    ...upstream.env,
    // A host name, so that each connection to ModelsLab needs a lookup.
    MODELSLAB_BASE_URL: String(upstream.env['MODELSLAB_BASE_URL']).replace('127.0.0.1', 'localhost'),
    GATEWAY_API_KEYS: keysFor('ada', 'bob'),
    WEBHOOK_DNS_SERVERS: dns.address,
  });
  const input = (name: string) => ({ webhook: `https://${name}.example.com/`, reuse: 'NEVER' });
  const hanging = Array.from({ length: 16 }, (_, index) => `hooks-${index}`);
  for (const name of hanging) await requestSwap(gateway, input(name), { wait: 20, headers: bearer('ada') });
  await expect.poll(() => dns.questions.length).toBeGreaterThan(0);
  const questionsBefore = dns.questions.length;
  const swap = await requestSwap(gateway, { reuse: 'NEVER' }, { wait: 20, headers: bearer('bob') });
  expect(swap.status).toBe('SUCCEEDED');
  // No lookup has completed, and all are still pending.
  await expect.poll(() => dns.questions.length).toBeGreaterThan(questionsBefore);
});

test('a webhook is sent to the address returned by the configured DNS server', async () => {
  const dns = await startDnsServer(({ type }) => (type === 'A' ? ['127.0.0.1'] : []));
  const received: string[] = [];
  const receiver = createServer((request, response) => {
    received.push(String(request.headers.host));
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void receiver.close());
  const upstream = await startStubModelsLab();
  let lastId = 0;
  upstream.handle((call) => call.answer(200, answers.success(++lastId)));
  const gateway = await startGateway({
    ...upstream.env,
    WEBHOOK_DNS_SERVERS: dns.address,
    ALLOW_PRIVATE_WEBHOOKS: 'on',
  });
  const host = `hooks.example.com:${(receiver.address() as AddressInfo).port}`;
  await requestSwap(gateway, { webhook: `http://${host}/` }, { wait: 20 });
  await expect.poll(() => received).toEqual([host]);
});

test('swaps continue if DNS fails after ModelsLab has been resolved once', async () => {
  const upstream = await startStubModelsLab();
  let lastId = 0;
  upstream.handle((call) => {
    // So that the next call needs a new connection, and a lookup.
    call.response.setHeader('connection', 'close');
    call.answer(200, answers.success(++lastId));
  });
  const gateway = await spawnGateway({
    ...upstream.env,
    MODELSLAB_BASE_URL: String(upstream.env['MODELSLAB_BASE_URL']).replace('127.0.0.1', 'localhost'),
    DATA_DIR: temporaryFolder(),
    NODE_OPTIONS: `--import=${new URL('../../testing/broken-dns.mjs', import.meta.url).href}`,
  });
  onTestFinished(async () => void (await gateway.kill('SIGKILL')));
  const client = createGraphqlClient(gateway.url);
  for (let count = 0; count < 3; count += 1) {
    const swap = await requestSwap(client, { reuse: 'NEVER' }, { wait: 5 });
    expect(swap.status).toBe('SUCCEEDED');
  }
});
