import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { Agent } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import {
  type PostAnswer,
  type PostOptions,
  type PostResult,
  postJson,
} from '../../src/providers/modelslab/post-json.js';
import { freePort } from '../../testing/free-port.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const isEnough = ({ body }: PostAnswer): boolean => body.bytes.toString().endsWith('}');

/** Status and text of a response, or the other result unchanged. */
function brief(result: PostResult): object {
  if (result.kind === 'no-answer') return result;
  const { kind, httpStatus, body, isComplete } = result;
  return { kind, httpStatus, text: body.bytes.toString(), ...(!isComplete && { isComplete }) };
}

async function start(handle: Handler, options: Agent.Options = {}) {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks).toString());
    handle(request, response, bodies.at(-1) ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent(options);
  onTestFinished(async () => {
    await agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    bodies,
    post: async (body: object, timeoutMs = 5000, more: Partial<PostOptions> = {}) =>
      brief(await postJson(`${url}/swap?x=1`, body, { dispatcher: agent, timeoutMs, isEnough, ...more })),
  };
}

test("sends JSON to the URL's path and query, and returns status and text of the response", async () => {
  const { post, bodies } = await start(({ method, url, headers }, response) => {
    response.writeHead(201).end(JSON.stringify([method, url, headers['content-type'], headers.accept]));
  });
  expect(await post({ text: 'Grüße' })).toEqual({
    kind: 'answer',
    httpStatus: 201,
    text: '["POST","/swap?x=1","application/json","application/json"]',
  });
  expect(bodies).toEqual(['{"text":"Grüße"}']);
});

test('a redirect counts as a response, and is not followed', async () => {
  const { post, bodies } = await start((_request, response) => {
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await post({})).toEqual({ kind: 'answer', httpStatus: 307, text: '' });
  expect(bodies.length).toBe(1);
});

test('if the connection is refused, nothing was sent', async () => {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const url = `http://127.0.0.1:${await freePort()}/`;
  const result = await postJson(url, {}, { dispatcher: agent, timeoutMs: 5000, isEnough });
  expect(result).toMatchObject({
    kind: 'no-answer',
    wasSent: false,
    reason: expect.stringContaining('ECONNREFUSED'),
  });
});

test.each<[string, Handler, RegExp]>([
  ['a connection that is closed early', (request) => request.socket.destroy(), /closed/],
  ['a connection that is reset', (request) => request.socket.resetAndDestroy(), /ECONNRESET|closed/],
  ['silence', () => undefined, /no response within 50 ms/],
  [
    'a truncated response',
    (request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('part', () => request.socket.destroy());
    },
    /closed|terminated/,
  ],
  [
    'a response that never ends',
    (_request, response) => void response.write('part'),
    /no response within 50 ms/,
  ],
  [
    'a response of more than a mebibyte',
    (_request, response) => void response.end('x'.repeat(1024 * 1024 + 1)),
    /too large/,
  ],
])('after %s it may have been accepted', async (_name, handle, reason) => {
  const { post, bodies } = await start(handle);
  const isSlow = reason.source.includes('50 ms');
  const result = await post({}, isSlow ? 50 : 5000);
  expect(result).toEqual({ kind: 'no-answer', wasSent: true, reason: expect.stringMatching(reason) });
  expect(bodies.length).toBe(1);
});

test('a request that times out before its connection is up is never sent', async () => {
  let answer: (() => void) | undefined;
  const { post, bodies } = await start(
    (_request, response) => {
      answer = () => response.end('{}');
      if (bodies.length > 1) answer();
    },
    { connections: 1 },
  );
  const first = post({ name: 'first' });
  expect(await post({ name: 'second' }, 50)).toMatchObject({ kind: 'no-answer', wasSent: false });
  await expect.poll(() => bodies.length).toBe(1);
  answer?.();
  expect(await first).toMatchObject({ kind: 'answer' });
  expect(await post({ name: 'third' })).toMatchObject({ kind: 'answer' });
  expect(bodies).toEqual(['{"name":"first"}', '{"name":"third"}']);
});

test('a complete response whose end never arrives counts, marked as incomplete', async () => {
  const cutOff = await start((request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{"id":5}', () => request.socket.destroy());
  });
  const whole = { kind: 'answer', httpStatus: 200, text: '{"id":5}', isComplete: false };
  expect(await cutOff.post({})).toEqual(whole);
  const silent = await start((_request, response) => void response.write('{"id":5}'));
  expect(await silent.post({}, 100)).toEqual(whole);
});

test('a response that arrives after the timeout is still read', async () => {
  let respond: (() => void) | undefined;
  let closed = 0;
  const { post } = await start((_request, response) => {
    respond = () => response.end('{"id":5}');
  });
  const result = await post({}, 50, { lateMs: () => 20_000, onDone: () => closed++ });
  expect(result).toMatchObject({ kind: 'no-answer', wasSent: true, late: expect.any(Promise) });
  expect(closed).toBe(0);
  respond?.();
  const { late } = result as { late: Promise<PostResult> };
  expect(brief(await late)).toEqual({ kind: 'answer', httpStatus: 200, text: '{"id":5}' });
  await expect.poll(() => closed).toBe(1);
});

test('a response that never arrives is abandoned in the end', async () => {
  const { post } = await start(() => undefined);
  const { late } = (await post({}, 20, { lateMs: () => 30 })) as { late: Promise<PostResult> };
  expect(await late).toEqual({
    kind: 'no-answer',
    wasSent: true,
    reason: expect.stringContaining('no response'),
  });
});

/** Responds to each request only when this thread permits it, which works while this thread is blocked. */
const otherThread = `
  const { createServer } = require('node:http');
  const { parentPort, workerData } = require('node:worker_threads');
  const go = new Int32Array(workerData);
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      parentPort.postMessage('received');
      Atomics.wait(go, 0, 0);
      response.end(JSON.stringify({ fill: 'y'.repeat(300000) }));
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

test('after a stall of the process, data that has arrived is read before a call times out', async () => {
  const go = new SharedArrayBuffer(4);
  const worker = new Worker(otherThread, { eval: true, workerData: go });
  const agent = new Agent();
  onTestFinished(async () => {
    await agent.destroy();
    await worker.terminate();
  });
  const [port] = (await once(worker, 'message')) as [number];
  const options = { dispatcher: agent, timeoutMs: 1000, isEnough };
  const result = postJson(`http://127.0.0.1:${port}/`, {}, options);
  await once(worker, 'message');
  Atomics.store(new Int32Array(go), 0, 1);
  Atomics.notify(new Int32Array(go), 0);
  const until = performance.now() + 1500;
  while (performance.now() < until);
  expect(await result).toMatchObject({ kind: 'answer', httpStatus: 200, isComplete: true });
});
