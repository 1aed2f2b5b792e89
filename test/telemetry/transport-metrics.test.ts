import { expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { readMetrics } from '../../testing/metrics.js';
import { openSocket, refusedHandshake } from '../../testing/raw-socket.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, swapSubscription } from '../../testing/swap-client.js';

const token = 'a-token-for-prometheus';

test('rejected webhooks count as refused, whatever the reason', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const gateway = await startGateway(upstream.env);
  await requestSwap(gateway);
  const own = String((await upstream.submission()).body['webhook']);
  const post = async (address: string, body: string, type = 'application/json'): Promise<number> =>
    (await fetch(address, { method: 'POST', headers: { 'content-type': type }, body })).status;

  const success = JSON.stringify(answers.success(1));
  expect(await post(`${gateway.url}/webhooks/modelslab/made-up`, success)).toBe(404);
  expect(await post(`${gateway.url}/webhooks/other/made-up`, success)).toBe(404);
  expect(await post(own, 'x'.repeat(1024 * 1024 + 1), 'text/plain')).toBe(413);
  expect(await post(own, '{"status":')).toBe(202);
  const reading = await readMetrics(gateway);
  expect(reading.value('webhooks_total', { outcome: 'refused' })).toBe(3);
  const unexpected = { where: 'webhook', kind: 'unreadable' };
  expect(reading.value('modelslab_unexpected_responses_total', unexpected)).toBe(1);
  const accepted = reading.value('webhooks_total', { outcome: 'accepted' });
  expect(await post(own, success)).toBe(200);
  expect((await readMetrics(gateway)).value('webhooks_total', { outcome: 'accepted' })).toBe(
    Number(accepted) + 1,
  );
  expect(reading.text).not.toContain('made-up');
});

test('sockets and subscriptions are counted while they are open', async () => {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({ ...upstream.env, MAX_SOCKETS_PER_ADDRESS: '2' });
  const { id } = await requestSwap(gateway);
  const [first, second] = [await openSocket(gateway.url), await openSocket(gateway.url)];
  await first.init();
  for (const name of ['a', 'b']) {
    first.subscribe(name, swapSubscription, { id });
    expect((await first.next()).type).toBe('next');
  }
  first.subscribe('c', swapSubscription, { id: 'nobody' });
  expect((await first.next()).type).toBe('next');
  expect(await refusedHandshake(gateway.url)).toBe(429);
  expect(await refusedHandshake(gateway.url, { origin: 'https://evil.example.com' })).toBe(403);

  const during = await readMetrics(gateway);
  expect(during.value('sockets')).toBe(2);
  expect(during.value('subscriptions')).toBe(2);
  expect(during.value('operations_total', { operation: 'watch', outcome: 'ok' })).toBe(2);
  expect(during.value('operations_total', { operation: 'watch', outcome: 'NOT_FOUND' })).toBe(1);
  expect(during.value('graphql_errors_total', { code: 'NOT_FOUND' })).toBe(1);
  expect(during.value('sockets_refused_total', { status: '429' })).toBe(1);
  expect(during.value('sockets_refused_total', { status: '403' })).toBe(1);

  first.send({ type: 'complete', id: 'a' });
  await expect.poll(async () => (await readMetrics(gateway)).value('subscriptions')).toBe(1);
  first.socket.terminate();
  second.socket.close();
  await expect.poll(async () => (await readMetrics(gateway)).value('sockets')).toBe(0);
  expect((await readMetrics(gateway)).value('subscriptions')).toBe(0);
});

test('rejected requests count by code, shed ones by the kind of work', async () => {
  const gateway = await startGateway(
    { GATEWAY_API_KEYS: keysFor('ann'), RATE_LIMIT: '1', METRICS_TOKEN: token },
    { transport: { load: { delayMs: () => delayMs } } },
  );
  let delayMs = 0;
  const send = (headers: Record<string, string>) =>
    gateway.graphql('{ gatewayStatus { version } }', {}, headers);
  expect((await send({})).status).toBe(401);
  const statuses: number[] = [];
  while (!statuses.includes(429)) statuses.push((await send(bearer('ann'))).status);
  const accepted = statuses.indexOf(429);
  expect(statuses.slice(0, accepted)).toEqual(Array(accepted).fill(200));
  delayMs = 600;
  expect((await send(bearer('ann'))).status).toBe(503);

  const reading = await readMetrics(gateway, { authorization: `Bearer ${token}` });
  expect(reading.value('requests_refused_total', { code: 'UNAUTHENTICATED' })).toBe(1);
  expect(reading.value('requests_refused_total', { code: 'RATE_LIMITED' })).toBe(1);
  expect(reading.value('requests_refused_total', { code: 'UNAVAILABLE' })).toBe(1);
  expect(reading.value('requests_shed_total', { work: 'query' })).toBe(1);
  expect(reading.value('http_requests_total', { route: '/graphql', status: '200' })).toBe(accepted);
  expect(reading.value('http_requests_total', { route: '/graphql', status: '503' })).toBe(1);
  expect(reading.text).not.toMatch(/ann|127\.0\.0\.1/);
});

test('undeclared paths share one label', async () => {
  const gateway = await startGateway();
  for (const path of ['/x1', '/x2', '/swaps/x3/download']) await fetch(gateway.url + path);
  const { text, value } = await readMetrics(gateway);
  expect(text).not.toMatch(/x[123]/);
  expect(value('http_requests_total', { status: '404', route: 'none' })).toBe(3);
});
