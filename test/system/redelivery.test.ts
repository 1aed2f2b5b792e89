import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';

const mutation = 'mutation ($id: ID!) { redeliverWebhook(id: $id) { id status } }';

async function setUp() {
  let httpStatus = 204;
  const received: { id: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ id: String(request.headers['webhook-id']), body });
    response.writeHead(httpStatus).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const upstream = await startStubModelsLab();
  let lastId = 0;
  upstream.handle((call) => call.answer(200, answers.success(++lastId)));
  const clock = createManualClock(Date.now());
  const gateway = await startGateway(
    { ...upstream.env, GATEWAY_API_KEYS: keysFor('ada', 'bob'), ALLOW_PRIVATE_WEBHOOKS: 'on' },
    { clock },
  );
  const endedSwap = async (input: object) => {
    const swap = await requestSwap(gateway, { ...input, reuse: 'NEVER' }, { headers: bearer('ada') });
    const read = async () =>
      (
        await gateway.graphql(
          'query ($id: ID!) { swapResult(id: $id) { status } }',
          { id: swap.id },
          bearer('ada'),
        )
      ).data?.['swapResult'];
    await expect.poll(read).toEqual({ status: 'SUCCEEDED' });
    return swap;
  };
  return {
    received,
    webhook,
    clock,
    upstream,
    endedSwap,
    gateway,
    answerWith(status: number) {
      httpStatus = status;
    },
    redeliver: (id: string, client = 'ada') => gateway.graphql(mutation, { id }, bearer(client)),
  };
}

test('a delivered webhook is delivered again, with the same body and id', async () => {
  const { received, webhook, endedSwap, redeliver } = await setUp();
  const swap = await endedSwap({ webhook });
  await expect.poll(() => received.length).toBe(1);
  expect((await redeliver(swap.id)).data).toEqual({ redeliverWebhook: { id: swap.id, status: 'SUCCEEDED' } });
  await expect.poll(() => received.length).toBe(2);
  expect(received[1]).toEqual(received[0]);
});

test('a webhook waiting for a retry is delivered immediately, and earlier attempts no longer count', async () => {
  const { received, webhook, endedSwap, redeliver, answerWith, clock } = await setUp();
  answerWith(500);
  const swap = await endedSwap({ webhook });
  await expect.poll(() => received.length).toBe(1);
  await clock.advance(6000);
  await expect.poll(() => received.length).toBe(2);
  answerWith(204);
  await redeliver(swap.id);
  await expect.poll(() => received.length).toBe(3);
  await clock.advance(86_400_000);
  expect(received).toHaveLength(3);
});

test('an abandoned webhook is redelivered on request', async () => {
  const { received, webhook, endedSwap, redeliver, answerWith } = await setUp();
  answerWith(410);
  const swap = await endedSwap({ webhook });
  await expect.poll(() => received.length).toBe(1);
  answerWith(204);
  await redeliver(swap.id);
  await expect.poll(() => received.length).toBe(2);
});

test('a swap is redelivered at most once a minute, independently of other swaps', async () => {
  const { webhook, endedSwap, redeliver, clock } = await setUp();
  const [swap, other] = [await endedSwap({ webhook }), await endedSwap({ webhook })];
  expect((await redeliver(swap.id)).errors).toBeUndefined();
  await clock.advance(15_000);
  expect((await redeliver(swap.id)).errors).toMatchObject([
    { extensions: { code: 'RATE_LIMITED', retryAfter: 45 } },
  ]);
  expect((await redeliver(other.id)).errors).toBeUndefined();
  await clock.advance(45_000);
  expect((await redeliver(swap.id)).errors).toBeUndefined();
});

test("another client's swap and a nonexistent one are not found", async () => {
  const { received, webhook, endedSwap, redeliver } = await setUp();
  const swap = await endedSwap({ webhook });
  await expect.poll(() => received.length).toBe(1);
  const [foreign, unknown] = [await redeliver(swap.id, 'bob'), await redeliver('never', 'bob')];
  expect(foreign.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  expect(foreign.errors?.[0]?.message).toBe(unknown.errors?.[0]?.message);
  expect(unknown.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
});

test('a swap without a webhook, and an unfinished one, are rejected with the reason', async () => {
  const { upstream, webhook, endedSwap, redeliver, gateway } = await setUp();
  const silent = await endedSwap({});
  expect((await redeliver(silent.id)).errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', fields: [{ path: 'id', message: 'this swap has no webhook' }] } },
  ]);
  upstream.handle((call) => call.answer(200, answers.processing(99)));
  const pending = await requestSwap(gateway, { webhook, reuse: 'NEVER' }, { headers: bearer('ada') });
  expect((await redeliver(pending.id)).errors).toMatchObject([
    {
      extensions: {
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'id', message: expect.stringContaining('is not finished') }],
      },
    },
  ]);
});

test('requires a key', async () => {
  const { gateway } = await setUp();
  const { status, errors } = await gateway.graphql(mutation, { id: '1' });
  expect(status).toBe(401);
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
});
