import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { give, startPictureHost } from '../../testing/archived-swap.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { type OtlpReceiver, type SeenSpan, startOtlpReceiver } from '../../testing/otlp-receiver.js';
import { samplePicture } from '../../testing/pictures.js';
import { expectPrivate, secretImages, secretUrl } from '../../testing/private-urls.js';
import { sharedEnv, startWatching } from '../../testing/redis-gateways.js';
import { startRedis } from '../../testing/redis-server.js';
import { s3Environment, startS3Server } from '../../testing/s3-server.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, type StubCall, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap, swapMutation, swapSubscription } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const spanNames = [
  'graphql.operation',
  'swap.accept',
  'swap.queue',
  'modelslab.submit',
  'modelslab.fetch',
  'webhook.receive',
  'archive.put',
  'push',
  'client_webhook.post',
];

const caller = () => {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
};
const headersOf = ({ response }: StubCall): IncomingHttpHeaders => response.req.headers;
const named =
  (name: string) =>
  (span: SeenSpan): boolean =>
    span.name === name;

async function startHook() {
  const received: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    received.push(request.headers);
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

/** ModelsLab's webhook of the first submission, sent to this gateway. */
async function deliverWebhook({ url }: Pick<TestGateway, 'url'>, { body }: StubCall, report: object) {
  const path = new URL(String(body['webhook'])).pathname;
  return fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(report) });
}

test('a swap is one tree of spans over two instances, below the span of the caller', async () => {
  const [receiver, stub, hook, s3, host, redis] = await Promise.all([
    startOtlpReceiver(),
    startStubModelsLab(),
    startHook(),
    startS3Server(),
    startPictureHost(),
    startRedis(),
  ]);
  onTestFinished(s3.close);
  host.serve('/result.jpg', give(samplePicture('ada')));
  stub.handle((call) => call.answer(200, answers.processing(7, 100)));
  const env = {
    ...stub.env,
    ...sharedEnv(redis),
    ...s3Environment(s3),
    ...receiver.env,
    ALLOW_PRIVATE_WEBHOOKS: 'on',
    POLL_INTERVAL_MS: '50',
  };
  const first = await startGateway(env, { acceptsLoopback: true });
  const second = await startGateway(env, { acceptsLoopback: true });

  const { traceId, spanId, headers } = caller();
  const { id } = await requestSwap(first, { webhook: hook.url }, { headers });
  const watching = await startWatching(second, id);
  await receiver.span(named('modelslab.fetch'));
  const report = { ...answers.success(7), output: [`${host.url}/result.jpg`] };
  expect((await deliverWebhook(second, await stub.submission(), report)).status).toBe(200);
  expect((await watching.end)?.status).toBe('SUCCEEDED');
  await Promise.all(
    ['webhook.receive', 'archive.put', 'push', 'client_webhook.post'].map((name) =>
      receiver.span((span) => span.name === name && span.traceId === traceId),
    ),
  );
  await Promise.all([first.gateway.close(), second.gateway.close()]);

  const tree = receiver.spans.filter((span) => span.traceId === traceId);
  expect([...new Set(tree.map(({ name }) => name))].sort()).toEqual([...spanNames].sort());
  const parents = new Map(tree.map((span) => [span.spanId, span]));
  const parentName = ({ parentSpanId }: SeenSpan) =>
    parentSpanId === spanId ? 'caller' : parents.get(parentSpanId)?.name;
  for (const span of tree) {
    const wanted =
      span.name === 'graphql.operation'
        ? 'caller'
        : span.name === 'swap.accept'
          ? 'graphql.operation'
          : 'swap.accept';
    expect([span.name, parentName(span)]).toEqual([span.name, wanted]);
    expect(span.endedAt).toBeGreaterThanOrEqual(span.startedAt);
    if (span.name !== 'graphql.operation') expect(span.attributes['swap.id']).toBe(id);
  }
  const instances = new Set(tree.map(({ resource }) => resource['service.instance.id']));
  expect(instances.size).toBe(2);
  const submission = tree.find(named('modelslab.submit'));
  expect(submission?.attributes).toMatchObject({ outcome: 'processing', 'modelslab.id': '7' });
  for (const received of [...stub.calls.map(headersOf), ...hook.received]) {
    expect(received).not.toHaveProperty('traceparent');
    expect(received).not.toHaveProperty('tracestate');
  }
});

test('after a restart on SQLite, the tree goes on', async () => {
  const [receiver, stub, DATA_DIR] = [
    await startOtlpReceiver(),
    await startStubModelsLab(),
    temporaryFolder(),
  ];
  stub.handle((call) => call.answer(200, answers.processing(8, 100)));
  const env = { ...stub.env, ...receiver.env, DATA_DIR, WEBHOOK_SECRET: 'of both processes' };
  const before = await startGateway(env);
  const { id } = await requestSwap(before);
  await receiver.span(named('modelslab.submit'));
  await before.gateway.close();

  const after = await startGateway(env);
  await deliverWebhook(after, await stub.submission(), answers.success(8));
  const webhook = await receiver.span(named('webhook.receive'));
  const acceptance = await receiver.span(named('swap.accept'));
  expect(webhook).toMatchObject({ traceId: acceptance.traceId, parentSpanId: acceptance.spanId });
  expect(webhook.resource['service.instance.id']).not.toBe(acceptance.resource['service.instance.id']);
  expect((await readSwap(after, id))?.status).toBe('SUCCEEDED');
});

test('a swap that was accepted without tracing finishes with it, and the other way round', async () => {
  const [receiver, stub, DATA_DIR] = [
    await startOtlpReceiver(),
    await startStubModelsLab(),
    temporaryFolder(),
  ];
  stub.handle((call) => call.answer(200, answers.processing(9, 100)));
  const env = { ...stub.env, DATA_DIR, WEBHOOK_SECRET: 'of all three processes' };
  const off = await startGateway(env);
  const { id } = await requestSwap(off);
  await stub.submission();
  await off.gateway.close();
  const on = await startGateway({ ...env, ...receiver.env });
  const next = await requestSwap(on, { trackId: 5 });
  await deliverWebhook(on, await stub.submission(), answers.success(9));
  expect(await receiver.span(named('webhook.receive'))).toMatchObject({ parentSpanId: '' });
  await on.gateway.close();
  const again = await startGateway(env);
  expect((await readSwap(again, id))?.status).toBe('SUCCEEDED');
  expect((await readSwap(again, next.id))?.status).toBe('PROCESSING');
});

test.each([
  'nonsense',
  '',
  '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
  'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more',
  `00-${'a'.repeat(300)}`,
])('the malformed traceparent %j begins a trace of its own', async (traceparent) => {
  const receiver = await startOtlpReceiver();
  const gateway = await startGateway(receiver.env);
  const { id } = await requestSwap(gateway, {}, { headers: { traceparent } });
  expect(await receiver.span(named('graphql.operation'))).toMatchObject({ parentSpanId: '', links: [] });
  expect((await receiver.span(named('swap.accept'))).attributes['swap.id']).toBe(id);
  expect(receiver.text()).not.toContain('4bf92f3577b34da6a3ce929d0e0e4736');
});

test('a caller that does not sample its trace keeps the gateway from recording it', async () => {
  const receiver = await startOtlpReceiver();
  const gateway = await startGateway(receiver.env);
  const { traceId, spanId } = caller();
  await requestSwap(gateway, {}, { wait: 20, headers: { traceparent: `00-${traceId}-${spanId}-00` } });
  const sampled = caller();
  await requestSwap(gateway, { trackId: 2 }, { wait: 20, headers: sampled.headers });
  await receiver.span((span) => span.name === 'modelslab.submit' && span.traceId === sampled.traceId);
  await gateway.gateway.close();
  expect(receiver.spans.filter((span) => span.traceId === traceId)).toEqual([]);
});

test.each(['WebSocket', 'server-sent events'])(
  'a subscription over %s begins a trace that links to its caller',
  async (transport) => {
    const receiver = await startOtlpReceiver();
    const gateway = await startGateway(receiver.env);
    const { id } = await requestSwap(gateway, {}, { wait: 20 });
    const { traceId, spanId, headers } = caller();
    const query = swapSubscription.replace('subscription', 'subscription Watch');
    if (transport === 'WebSocket') {
      const { WebSocket } = await import('ws');
      const { createClient } = await import('graphql-ws');
      class WithHeaders extends WebSocket {
        constructor(url: string, protocols: string) {
          super(url, protocols, { headers });
        }
      }
      const url = `${gateway.url.replace('http', 'ws')}/graphql`;
      const client = createClient({ url, webSocketImpl: WithHeaders, retryAttempts: 0 });
      for await (const event of client.iterate({ query, variables: { id } }))
        expect(event.errors).toBe(undefined);
      await client.dispose();
    } else {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' },
        body: JSON.stringify({ query, variables: { id } }),
      });
      expect(await response.text()).toContain('event: complete');
    }
    const span = await receiver.span(
      ({ attributes }) => attributes['graphql.operation.type'] === 'subscription',
    );
    expect(span).toMatchObject({ name: 'graphql.operation', parentSpanId: '' });
    expect(span.attributes['graphql.operation.name']).toBe('Watch');
    expect(span.traceId).not.toBe(traceId);
    expect(span.links).toMatchObject([{ traceId, spanId }]);
  },
);

const faults: Record<string, (receiver: OtlpReceiver) => void> = {
  'is down': (receiver) => receiver.close(),
  'responds with 500': ({ misbehave }) => misbehave((response) => response.writeHead(500).end()),
  'responds with 503': ({ misbehave }) => misbehave((response) => response.writeHead(503).end()),
  'never responds': ({ misbehave }) => misbehave(() => undefined),
  'closes the connection': ({ misbehave }) => misbehave((response) => response.destroy()),
  'responds with what is no JSON': ({ misbehave }) => misbehave((response) => response.end('<html>')),
};

test.each(Object.entries(faults))(
  'a receiver that %s disturbs no swap and no shutdown',
  async (_, misbehave) => {
    const receiver = await startOtlpReceiver();
    misbehave(receiver);
    const stub = await startStubModelsLab();
    stub.handle((call) => call.answer(200, answers.success(stub.calls.length)));
    const gateway = await startGateway({ ...stub.env, ...receiver.env });
    for (const trackId of [1, 2, 3])
      expect((await requestSwap(gateway, { trackId }, { wait: 20 })).status).toBe('SUCCEEDED');
    const since = performance.now();
    await gateway.gateway.close();
    expect(performance.now() - since).toBeLessThan(5000);
    const complaints = gateway.logs
      .lines()
      .filter(({ msg }) => String(msg).startsWith('cannot export traces'));
    expect(complaints.length).toBeLessThanOrEqual(1);
    expect(gateway.logs.text()).not.toContain(receiver.env.OTEL_EXPORTER_OTLP_ENDPOINT);
  },
);

test('the first failed export is logged, further ones are not, and then the first that succeeds', async () => {
  const receiver = await startOtlpReceiver();
  receiver.misbehave((response) => response.writeHead(400).end());
  const gateway = await startGateway(receiver.env);
  const messages = () =>
    gateway.logs.lines().filter(({ msg }) => String(msg).includes('traces')) as {
      msg: string;
      reason?: string;
    }[];
  await requestSwap(gateway, { trackId: 1 }, { wait: 20 });
  await expect.poll(() => messages().length, { timeout: 10_000 }).toBe(1);
  expect(messages()[0]).toMatchObject({ level: 'warn', reason: 'HTTP 400' });
  const exports = receiver.headers.length;
  await requestSwap(gateway, { trackId: 2 }, { wait: 20 });
  await expect.poll(() => receiver.headers.length, { timeout: 10_000 }).toBeGreaterThan(exports);
  expect(messages()).toHaveLength(1);
  receiver.misbehave(undefined);
  await requestSwap(gateway, { trackId: 3 }, { wait: 20 });
  await expect.poll(() => messages().length, { timeout: 10_000 }).toBe(2);
  expect(messages()[1]?.msg).toBe('traces are exported again');
});

test('no exported byte contains a URL, a key, a token or an address', async () => {
  const [receiver, stub] = [await startOtlpReceiver(), await startStubModelsLab()];
  stub.handle((call) =>
    call.path.includes('/fetch/')
      ? call.answer(200, answers.processing(1, 1))
      : call.answer(200, answers.error(`cannot fetch ${call.body['init_image']}`)),
  );
  const gateway = await startGateway({
    ...stub.env,
    ...receiver.env,
    GATEWAY_API_KEYS: keysFor('ann'),
    POLL_INTERVAL_MS: '20',
  });
  const headers = { ...bearer('ann'), 'x-forwarded-for': '203.0.113.77', tracestate: 'vendor=c4n4ry' };
  const input = { ...secretImages, webhook: secretUrl.webhook, idempotencyKey: 'c4n4ry-key' };
  await gateway.graphql(swapMutation, { input, wait: 1 }, headers);
  await gateway.graphql(`query c4n4ry { swapResult(id: "${secretUrl.init}") { id } }`, {}, bearer('ann'));
  await gateway.graphql(`query Ok($id: ID!) { swapResult(id: $id) { id } }`, { id: secretUrl.init }, headers);
  stub.handle((call) => call.answer(200, answers.processing(2, 1)));
  await gateway.graphql(swapMutation, { input: { ...input, idempotencyKey: 'k2' } }, headers);
  const call = await stub.submission(1);
  await stub.sendWebhook({ ...answers.success(2), output: [secretUrl.result] }, 1);
  await receiver.span(named('webhook.receive'));
  await gateway.gateway.close();
  const token = String(call.body['webhook']).split('/').at(-1) ?? '';
  // The name of an operation is exported, on purpose.
  const text = receiver.text().replaceAll('"graphql.operation.name","value":{"stringValue":"c4n4ry"}', '');
  expectPrivate(text, token, stub.env['MODELSLAB_API_KEY'] ?? '', bearer('ann').authorization.slice(7));
  const exported = receiver
    .text()
    .split('\n')
    .filter((line) => line.includes('resourceSpans'))
    .join('\n');
  expect(exported).not.toMatch(/https?:|127\.0\.0\.1|203\.0\.113/);
});

test('the standard variables name the service, add headers and choose the sampled part', async () => {
  const receiver = await startOtlpReceiver();
  const env = {
    ...receiver.env,
    OTEL_SERVICE_NAME: 'swaps',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=of-the-receiver',
  };
  const gateway = await startGatewayProcess({ ...env, DATA_DIR: temporaryFolder() });
  await requestSwap(gateway, {}, { wait: 20 });
  const { resource } = await receiver.span(named('modelslab.submit'));
  expect(resource).toMatchObject({ 'service.name': 'swaps', 'deployment.environment': 'test' });
  expect(resource['service.instance.id']).toMatch(/^[\da-f-]{36}$/);
  expect(receiver.headers[0]).toMatchObject({ 'api-key': 'of-the-receiver' });
  expect(await gateway.kill('SIGTERM')).toBe(0);
  expect(gateway.output()).not.toContain('of-the-receiver');

  const before = receiver.spans.length;
  const never = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
  const silent = await startGatewayProcess({ ...env, ...never, DATA_DIR: temporaryFolder() });
  await requestSwap(silent, {}, { wait: 20 });
  expect(await silent.kill('SIGTERM')).toBe(0);
  expect(receiver.spans).toHaveLength(before);
});

test('spans that end just before a shutdown are exported', async () => {
  const receiver = await startOtlpReceiver();
  const gateway = await startGateway(receiver.env);
  const { id } = await requestSwap(gateway);
  await gateway.gateway.close();
  expect(receiver.spans.find(named('swap.accept'))?.attributes['swap.id']).toBe(id);
});
