import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';

const redis = redisForTests();

async function startReceiver(receive: RequestListener): Promise<string> {
  const server = createServer(receive);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ['one process', () => ({})],
  ['many on Redis', () => sharedEnv(redis)],
])("a client's webhook arrives while 48 of another client hang: %s", async (_name, backendEnv) => {
  let hanging = 0;
  const received: string[] = [];
  const [silent, working] = await Promise.all([
    startReceiver(() => void hanging++),
    startReceiver((request, response) => {
      received.push(String(request.headers['webhook-id']));
      response.writeHead(204).end();
    }),
  ]);
  const upstream = await startStubModelsLab();
  let lastId = 0;
  upstream.handle((call) => call.answer(200, answers.success(++lastId)));
  const gateway = await startGateway({
    ...upstream.env,
    ...backendEnv(),
    GATEWAY_API_KEYS: keysFor('ada', 'bob'),
    ALLOW_PRIVATE_WEBHOOKS: 'on',
    RATE_LIMIT: 'off',
  });
  const swapOf = (client: string, webhook: string) =>
    requestSwap(gateway, { webhook, reuse: 'NEVER' }, { wait: 20, headers: bearer(client) });
  await Promise.all(Array.from({ length: 48 }, (_, index) => swapOf('ada', `${silent}/${index}`)));
  await expect.poll(() => hanging).toBe(8);
  const { id } = await swapOf('bob', working);
  await expect.poll(() => received).toEqual([id]);
  expect(hanging).toBe(8);
});
