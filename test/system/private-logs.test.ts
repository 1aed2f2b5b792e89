import { once } from 'node:events';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { plainPicture } from '../../testing/pictures.js';
import { canary, expectPrivate, secretImages, secretUrl } from '../../testing/private-urls.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, type StubCall, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, swapMutation, swapSubscription, watchToEnd } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { patienceMs } from '../../testing/timeouts.js';
import { upload } from '../../testing/upload.js';

/** The most that an operator can set. */
const verbose = { LOG_LEVEL: 'trace' };
const quick = { PROCESSING_DEADLINE_MS: '150', POLL_INTERVAL_MS: '10', SUBMIT_TIMEOUT_MS: '1000' };

const tokenOf = ({ body }: StubCall): string => String(body['webhook']).split('/').at(-1) ?? '';

/** Everything that ModelsLab was sent, in one line of text. */
const quoted = ({ body }: StubCall): string =>
  `${body['init_image']} ${body['target_image']} ${body['reference_image']} ${body['webhook']}`;

type Answer = (call: StubCall) => void;
const responses: Record<string, Answer> = {
  success: (call) => call.answer(200, { ...answers.success(1), output: [secretUrl.result] }),
  'a success in an unknown form': (call) =>
    call.answer(200, { status: 'Teleported', id: 1, deep: { output: secretUrl.result }, output: [] }),
  'an error that quotes the request': (call) =>
    call.answer(200, answers.error(`cannot fetch ${quoted(call)}`)),
  'an error in another form': (call) =>
    call.answer(400, { status: 'failed', messege: quoted(call), error: { [quoted(call)]: [quoted(call)] } }),
  'an error that quotes only paths': (call) =>
    call.answer(
      200,
      answers.error(`GET /${canary}/init.jpg?sig=${canary} failed, also a/${canary} and ${canary}.jpg`),
    ),
  'an account error': (call) => call.answer(401, answers.error(`key refused for ${quoted(call)}`)),
  'a 429': (call) => call.answer(429, answers.error(`slow down, ${quoted(call)}`)),
  HTML: (call) =>
    call.answerRaw(502, { 'content-type': 'text/html' }, `<a href="${secretUrl.init}">${quoted(call)}</a>`),
  'escaped HTML': (call) =>
    call.answerRaw(500, {}, quoted(call).replaceAll('/', '&#x2F;').replaceAll(':', '&colon;')),
  'percent-encoded text': (call) => call.answerRaw(500, {}, encodeURIComponent(quoted(call))),
  'JSON in JSON': (call) => call.answer(500, { message: JSON.stringify(JSON.stringify(call.body)) }),
  base64: (call) => call.answerRaw(500, {}, Buffer.from(quoted(call).repeat(2)).toString('base64')),
  'bytes that are no text': (call) =>
    call.answerRaw(200, {}, Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(quoted(call))])),
  'a truncated body': (call) =>
    call.answerRaw(
      200,
      { 'content-length': '5000' },
      JSON.stringify({ status: 'error', message: quoted(call) }),
    ),
  'a redirect to a picture': (call) => call.answerRaw(302, { location: secretUrl.init }),
  'a redirect to a path': (call) =>
    call.answerRaw(301, { location: `/${canary}/login?next=${quoted(call)}` }),
  'a redirect with a user': (call) => call.answerRaw(307, { location: secretUrl.withUser }),
  'an encoding that is not the declared one': (call) =>
    call.answerRaw(200, { 'content-encoding': 'gzip' }, quoted(call)),
  'a reset': (call) => call.reset(),
};

test.each(Object.entries(responses))('ModelsLab responds with %s', async (_name, respond) => {
  const stub = await startStubModelsLab();
  stub.handle((call) =>
    call.path.endsWith('/single_face_swap') ? respond(call) : call.answer(200, answers.processing(1)),
  );
  const gateway = await startGateway({ ...stub.env, ...verbose, ...quick });
  await gateway.graphql(swapMutation, { input: { ...secretImages, idempotencyKey: 'k' }, wait: 1 });
  const call = await stub.submission();
  // As webhooks and polls too.
  await stub.sendWebhook(JSON.stringify({ status: 'error', message: quoted(call) }));
  await stub.sendWebhook(`message=${encodeURIComponent(quoted(call))}&status=odd`);
  await stub.sendWebhook(quoted(call));
  await gateway.gateway.close();
  expect(gateway.logs.lines().length).toBeGreaterThan(1);
  expectPrivate(gateway.logs.text(), tokenOf(call));
});

test.each(Object.entries(responses))('a poll is answered with %s', async (_name, respond) => {
  const stub = await startStubModelsLab();
  stub.handle((call) => {
    if (call.path.endsWith('/single_face_swap')) call.answer(200, answers.processing(1, 1));
    else respond({ ...call, body: stub.submissions()[0]?.body ?? {} });
  });
  const gateway = await startGateway({ ...stub.env, ...verbose, ...quick });
  await requestSwap(gateway, secretImages, { wait: 1 });
  await stub.fetchCall();
  await gateway.gateway.close();
  expectPrivate(gateway.logs.text(), tokenOf(await stub.submission()));
});

test('ModelsLab does not speak HTTP, and quotes what it got', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => socket.end(`HTTP/9.9 ${String(data)}\r\n${secretUrl.init}\r\n\r\n`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const gateway = await startGateway({
    ...verbose,
    ...quick,
    MODELSLAB_API_KEY: 'a-key-of-modelslab',
    MODELSLAB_BASE_URL: `http://127.0.0.1:${port}/api/v6/deepfake`,
  });
  await requestSwap(gateway, secretImages, { wait: 1 });
  await gateway.gateway.close();
  expect(gateway.logs.text()).toContain('no response from ModelsLab');
  expectPrivate(gateway.logs.text());
});

/** Requests that clients and strangers send, each wrong in its own way. */
async function misuse(gateway: TestGateway): Promise<void> {
  for (const image of Object.values(secretUrl)) {
    await gateway.graphql(swapMutation, { input: { ...secretImages, initImage: image, webhook: image } });
    await gateway.graphql(
      `mutation { singleFaceSwap(input: { initImage: ${JSON.stringify(image)} }) { id } }`,
    );
    await gateway.graphql(swapMutation, {
      input: { ...secretImages, trackId: image, reuse: image, [image]: 1 },
    });
    await gateway.graphql(`{ swapResult(id: ${JSON.stringify(image)}) { id } ${image} }`);
    await fetch(
      `${gateway.url}/graphql?query=${encodeURIComponent(`{ swaps(after: "${image}") { edges { cursor } } }`)}`,
      {
        headers: { 'apollo-require-preflight': 'yes' },
      },
    );
    await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      body: image,
      headers: { 'content-type': 'application/json' },
    });
    await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      body: image,
      headers: { 'content-type': 'text/plain' },
    });
    for (const path of [
      `/${encodeURIComponent(image)}`,
      `/swaps/${encodeURIComponent(image)}/download`,
      `/uploads/${encodeURIComponent(image)}`,
    ])
      await fetch(gateway.url + path, { headers: { referer: image, authorization: `Bearer ${canary}` } });
  }
  const socket = await openSocket(gateway.url);
  await socket.init();
  for (const [index, image] of Object.values(secretUrl).entries()) {
    socket.subscribe(`v${index}`, swapSubscription, { id: { image } });
    socket.subscribe(`l${index}`, `subscription { swapUpdated(id: ${JSON.stringify(image)}) { id } }`);
    socket.subscribe(`m${index}`, swapMutation, { input: { ...secretImages, initImage: image } });
    for (let answer = 0; answer < 3; answer++)
      expect((await socket.next()).type).toMatch(/error|next|complete/);
  }
  socket.send(`{"type":"${secretUrl.init}"}`);
  await socket.closed;
}

/** Bytes on a connection of their own; resolves with the response. */
async function sendRaw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (data) => {
    answer += String(data);
  });
  socket.end(text);
  await once(socket, 'close');
  return answer;
}

test('requests are refused', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway({ ...stub.env, ...verbose, ...quick, RATE_LIMIT: 'off' });
  await misuse(gateway);
  for (const request of [
    `GET /${canary} HTTP/1.1\r\nHost: a\r\nBad Header: ${secretUrl.init}\r\n\r\n`,
    `GET /uploads/${canary}.jpg NOPE\r\n\r\n`,
    `POST /webhooks/modelslab/${canary} HTTP/1.1\r\nHost: a\r\nContent-Length: ${canary}\r\n\r\n`,
    `GET /webhooks/modelslab/%zz${canary} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    `GET /graphql?query=${canary} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n`,
  ])
    expect(await sendRaw(gateway.url, request)).toMatch(/^HTTP\/1.1 4\d\d /);
  await gateway.gateway.close();
  expectPrivate(gateway.logs.text());
});

test('webhooks of ModelsLab are refused', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.processing(1)));
  const gateway = await startGateway({ ...stub.env, ...verbose });
  await requestSwap(gateway, secretImages);
  const token = tokenOf(await stub.submission());
  const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
  const large = JSON.stringify({ message: secretUrl.init.repeat(20_000) });
  for (const path of [
    `modelslab/${wrong}`,
    `other/${token}`,
    token,
    `modelslab/${token}/more`,
    `modelslab/${token}?${canary}`,
  ])
    for (const [method, body] of [
      ['POST', secretUrl.init],
      ['POST', large],
      ['PUT', secretUrl.init],
      ['GET', undefined],
    ] as const)
      await fetch(`${gateway.url}/webhooks/${path}`, { method, ...(body && { body }) }).catch(
        () => undefined,
      );
  await stub.sendWebhook(large);
  await gateway.gateway.close();
  expect(gateway.logs.text()).toContain('"webhook"');
  expectPrivate(gateway.logs.text(), token, wrong);
});

/** A receiver or a host of results that fails in the way its path names. */
async function startBadHost(): Promise<string> {
  const server = createServer((request, response) => {
    const [, how = ''] = (request.url ?? '').split('/');
    if (how === 'reset') request.socket.destroy();
    else if (how === 'garbage') request.socket.end(`HTTP/1.1 nonsense ${request.url}\r\n\r\n`);
    else if (how === 'redirect') response.writeHead(302, { location: secretUrl.result }).end();
    else response.writeHead(Number(how) || 500, { 'x-error': secretUrl.result }).end(secretUrl.result);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const badWays = ['reset', 'garbage', 'redirect', '500', '404', '410', '200'];

test('webhooks of clients are delivered, fail and are refused', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, { ...answers.success(1), output: [secretUrl.result] }));
  const gateway = await startGateway({ ...stub.env, ...verbose, ALLOW_PRIVATE_WEBHOOKS: 'on' });
  const webhooks = [
    `http://127.0.0.1:1/${canary}?${canary}`,
    `https://${new URL(await startBadHost()).host}/${canary}`,
    secretUrl.webhook,
  ];
  // A host of its own for each: one that keeps failing is paused.
  for (const way of badWays) webhooks.push(`${await startBadHost()}/${way}/${canary}?token=${canary}`);
  for (const url of webhooks)
    await requestSwap(gateway, { ...secretImages, webhook: url, idempotencyKey: url }, { wait: 5 });
  const outcomes = () => gateway.logs.lines().filter(({ msg }) => /client webhook/.test(String(msg)));
  await expect.poll(() => outcomes().length, { timeout: patienceMs }).toBe(webhooks.length);
  await gateway.gateway.close();
  expectPrivate(gateway.logs.text());
});

test('results are downloaded, are gone, and cannot be fetched', async () => {
  const host = await startBadHost();
  const gateway = await startGateway({ ...verbose });
  const { url: sandboxUrl } = gateway;
  const input = {
    initImage: `${sandboxUrl}/samples/ada.jpg`,
    targetImage: `${sandboxUrl}/samples/bruno.jpg`,
    referenceImage: `${sandboxUrl}/samples/ada.jpg`,
  };
  const { id, output } = await requestSwap(gateway, input, { wait: 30 });
  expect((await fetch(`${gateway.url}/swaps/${id}/download`)).status).toBe(200);
  const [name = ''] = (output[0] ?? '').split('/').slice(-2);
  expect(name).toMatch(/^[0-9a-f]{32}$/);
  await fetch(output[0] ?? '');
  await fetch(`${gateway.url}/generations/${canary}.jpg`);
  await fetch(`${gateway.url}/generations/${canary}%2F..%2F`);
  await gateway.gateway.close();
  expectPrivate(gateway.logs.text(), name);

  const stub = await startStubModelsLab();
  const live = await startGateway({ ...stub.env, ...verbose });
  for (const result of [
    ...badWays.map((way) => `${host}/${way}/${canary}.jpg?${canary}`),
    secretUrl.result,
    secretUrl.withUser,
  ]) {
    stub.handle((call) => call.answer(200, { ...answers.success(1), output: [result] }));
    const swap = await requestSwap(live, { ...secretImages, idempotencyKey: result }, { wait: 5 });
    expect((await fetch(`${live.url}/swaps/${swap.id}/download`)).status).not.toBe(200);
  }
  await live.gateway.close();
  expect(live.logs.text()).toContain('failed to fetch the result of a swap');
  expectPrivate(live.logs.text());
});

test('pictures are uploaded and read, are refused, and the disk fails', async () => {
  const folder = temporaryFolder();
  const gateway = await startGateway({ ...verbose, DATA_DIR: folder });
  const stored = await upload(gateway, await plainPicture(9, 9));
  expect(stored.status).toBe(201);
  const [, id = ''] = /\/uploads\/([0-9a-f]{32})\.jpg$/.exec(stored.picture.url) ?? [];
  expect((await fetch(stored.picture.url)).status).toBe(200);
  expect((await upload(gateway, `${canary} is no picture`)).status).toBe(415);
  const damaged = Buffer.concat([(await plainPicture(9, 9)).subarray(0, 60), Buffer.from(canary)]);
  expect((await upload(gateway, damaged)).status).toBe(422);
  for (const path of [`${id}.png`, `${id}`, `${id}.jpg/${canary}`, `..%2f${id}.jpg`])
    expect((await fetch(`${gateway.url}/uploads/${path}`)).status).toBe(404);

  // What the file system says about a file contains its path.
  const uploads = join(folder, 'uploads');
  rmSync(join(uploads, `${id}.jpg`));
  await fetch(stored.picture.url);
  appendFileSync(join(uploads, `${id}.json`), secretUrl.init);
  expect((await fetch(stored.picture.url)).status).toBe(500);
  rmSync(uploads, { recursive: true });
  writeFileSync(uploads, '');
  expect((await fetch(stored.picture.url)).status).toBe(500);
  expect((await upload(gateway, await plainPicture(9, 9))).status).toBeGreaterThanOrEqual(500);
  await gateway.gateway.close();
  expect(gateway.logs.text()).toContain('unexpected error in a route');
  expectPrivate(gateway.logs.text(), id);
});

/** An error as a library throws it: with the URL in its message, its cause and its fields, and as bytes. */
function telltale(): Error {
  const cause = Object.assign(new TypeError(`Invalid URL: '${secretUrl.withUser}'`), {
    input: secretUrl.withUser,
  });
  return Object.assign(new AggregateError([cause], `connect failed to ${secretUrl.init}`, { cause }), {
    url: secretUrl.init,
    request: { path: `/${canary}`, href: secretUrl.target, headers: { host: secretUrl.reference } },
    rawPacket: Buffer.from(secretUrl.init),
    view: new Uint8Array(Buffer.from(secretUrl.init)),
  });
}

test('the store, the domain and a library fail with errors that quote URLs', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.success(1)));
  let failsAt = '';
  const gateway = await startGateway(
    { ...stub.env, ...verbose },
    {
      failpoint(name) {
        if (name === failsAt) throw telltale();
      },
      wrapSync: (sync) => (failsAt === 'sync' ? Promise.reject(telltale()) : sync()),
    },
  );
  for (const name of ['before-claim', 'after-claim', 'before-post', 'webhook-before-store', 'sync']) {
    failsAt = name;
    await gateway.graphql(swapMutation, { input: { ...secretImages, idempotencyKey: name } });
    if (name === 'webhook-before-store') await stub.sendWebhook(answers.success(1));
  }
  gateway.logs.log.fatal(
    { err: telltale(), urls: [[{ url: secretUrl.init }]] },
    `uncaught ${secretUrl.target}`,
  );
  gateway.logs.log.child({ url: secretUrl.init }).debug(telltale());
  gateway.logs.log.trace(`Reply was already sent in the "/uploads/${canary}.jpg" route`);
  await gateway.gateway.close();
  expect(gateway.logs.lines().filter(({ level }) => level === 'error').length).toBeGreaterThan(2);
  expectPrivate(gateway.logs.text().replaceAll(`"path":"/${canary}"`, ''));
});

test('a process logs its whole life, from the start to the shutdown', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.processing(1)));
  const gateway = await startGatewayProcess({
    ...stub.env,
    ...verbose,
    DATA_DIR: temporaryFolder(),
    GATEWAY_API_KEYS: keysFor('ada'),
    ALLOW_HTTP_IMAGES: 'on',
  });
  const swap = await requestSwap(
    gateway,
    { ...secretImages, webhook: secretUrl.webhook },
    { headers: bearer('ada') },
  );
  const other = await requestSwap(gateway, { ...secretImages, reuse: 'NEVER' }, { headers: bearer('ada') });
  const token = tokenOf(await stub.submission());
  await stub.sendWebhook({ ...answers.success(1), output: [secretUrl.result] });
  await watchToEnd({ ...gateway, subscribe: (q, v) => gateway.subscribe(q, v, bearer('ada')) }, swap.id);
  const stored = await upload(gateway, await plainPicture(9, 9), bearer('ada'));
  await fetch(stored.picture.url);
  const form = new FormData();
  form.append('picture', new Blob([secretUrl.init]));
  await fetch(`${gateway.url}/uploads?${canary}`, { method: 'POST', body: form, headers: bearer('eve') });
  expect(await gateway.kill('SIGTERM')).toBe(0);
  expect(gateway.output()).toContain('shutting down');
  expect(gateway.output()).toContain(swap.id);
  expect(other.id).not.toBe(swap.id);
  expectPrivate(gateway.output(), token, stored.picture.url.split('/').at(-1) ?? '', 'ada-key');
});
