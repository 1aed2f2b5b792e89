import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createSwapClient } from '../../packages/client/src/index.js';
import { seeStates, startSwapClient } from '../../testing/start-swap-client.js';
import { answers } from '../../testing/stub-modelslab.js';
import { images } from '../../testing/swap-client.js';

test('rejected input is reported field by field', async () => {
  const { client } = await startSwapClient();
  await expect(client.swap({ ...images, initImage: 'javascript:alert(1)' })).rejects.toMatchObject({
    name: 'SwapClientError',
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'input.initImage' }],
  });
});

test("the caller's key with another input is a conflict", async () => {
  const { client, modelsLab } = await startSwapClient();
  modelsLab.handle((call) => call.answer(200, answers.success(701)));
  await client.swap({ ...images, idempotencyKey: 'mine' });
  await expect(client.swap({ ...images, idempotencyKey: 'mine', watermark: false })).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  });
});

test('an unknown id is null for get and NOT_FOUND for watch and cancel', async () => {
  const { client } = await startSwapClient();
  expect(await client.get('nobody')).toBeNull();
  await expect(client.watch('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND', swapId: 'nobody' });
  await expect(client.cancel('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a swap at ModelsLab cannot be canceled', async () => {
  const { client, modelsLab } = await startSwapClient();
  const states = seeStates();
  const finished = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(702));
  const { id } = await states.reached('PROCESSING');
  await expect(client.cancel(id)).rejects.toMatchObject({ code: 'NOT_CANCELABLE' });
  await modelsLab.sendWebhook(answers.success(702));
  await finished;
});

test('both transports accept the right API key and reject a wrong one at once', async () => {
  const sha256 = createHash('sha256').update('right').digest('hex');
  let apiKey = 'right';
  const { client, modelsLab } = await startSwapClient(
    { GATEWAY_API_KEYS: `tester:${sha256}` },
    { apiKey: () => apiKey },
  );
  modelsLab.handle((call) => call.answer(200, answers.processing(703)));
  const states = seeStates();
  const finished = client.swap(images, states);
  const { id } = await states.reached('PROCESSING');
  await modelsLab.sendWebhook(answers.success(703));
  await finished;

  apiKey = 'wrong';
  await expect(client.swap(images)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(client.watch(id)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a token that expires while a swap is followed is replaced', async () => {
  const shown: unknown[] = [];
  const server = createServer();
  new WebSocketServer({ server, path: '/graphql' }).on('connection', (socket) => {
    const send = (message: object): void => socket.send(JSON.stringify(message));
    socket.on('message', (data) => {
      const { type, id, payload } = JSON.parse(String(data));
      if (type === 'connection_init') {
        shown.push(payload.authorization);
        send({ type: 'connection_ack' });
      } else if (type === 'subscribe') {
        const status = shown.length === 1 ? 'PROCESSING' : 'SUCCEEDED';
        send({ type: 'next', id, payload: { data: { swapUpdated: { id: 'one', status } } } });
        if (status === 'PROCESSING') socket.close(4403, 'Token expired');
        else send({ type: 'complete', id });
      }
    });
  });
  const tokens = ['first', 'second'];
  const client = createSwapClient({ url: await listen(server), apiKey: () => tokens.shift() ?? 'none' });
  expect(await client.watch('one')).toEqual({ id: 'one', status: 'SUCCEEDED' });
  expect(shown).toEqual(['Bearer first', 'Bearer second']);
});

test('Retry-After is honored', async () => {
  const times: number[] = [];
  const url = await startServer((_request, response) => {
    times.push(Date.now());
    const error = { message: 'Too fast.', extensions: { code: 'RATE_LIMITED', retryAfter: 0.5 } };
    const swap = { id: 'one', status: 'SUCCEEDED', output: [] };
    response.end(
      JSON.stringify(times.length === 1 ? { errors: [error] } : { data: { singleFaceSwap: swap } }),
    );
  });
  expect(await createSwapClient({ url }).swap(images)).toMatchObject({ id: 'one' });
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(490);
});

test('a full queue is reported at once, with the time to wait', async () => {
  const { client, modelsLab } = await startSwapClient({
    MODELSLAB_QUEUE_LIMIT: '1',
    MAX_WAITING_PER_CLIENT: '1',
  });
  const input = { ...images, reuse: 'NEVER' as const };
  const states = seeStates();
  const swaps = [client.swap(input)];
  const submission = await modelsLab.submission();
  swaps.push(client.swap(input, states));
  await states.reached('QUEUED');
  await expect(client.swap(input)).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    retryAfter: expect.any(Number),
  });
  modelsLab.handle((call) => call.answer(200, answers.success(705)));
  submission.answer(200, answers.success(704));
  await Promise.all(swaps);
});

test('a server that is not a gateway is BAD_ANSWER, and one that fails is retried', async () => {
  const website = await startServer((_request, response) => response.writeHead(404).end('<h1>Not here</h1>'));
  await expect(createSwapClient({ url: website }).get('one')).rejects.toMatchObject({ code: 'BAD_ANSWER' });

  let calls = 0;
  const proxy = await startServer((_request, response) => {
    calls++;
    response.writeHead(502).end('<h1>Bad Gateway</h1>');
  });
  const client = createSwapClient({ url: `${proxy}/graphql`, attempts: 2 });
  await expect(client.get('one')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect(calls).toBe(2);
});

const startServer = (listener: RequestListener): Promise<string> => listen(createServer(listener));

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
