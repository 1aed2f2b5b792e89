import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { postJson } from '../../src/modelslab/post-json.js';
import { freePort } from '../support/free-port.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

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
    post: (body: object, timeoutMs = 5000, path = '/swap?x=1') =>
      postJson(url + path, body, { agent, timeoutMs }),
  };
}

test('sends JSON to the path and query of the address, and gives status and text of the answer', async () => {
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

test('a redirect is an answer, and is not followed', async () => {
  const { post, bodies } = await start((_request, response) => {
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await post({})).toEqual({ kind: 'answer', httpStatus: 307, text: '' });
  expect(bodies.length).toBe(1);
});

test('where nobody listens, nothing was sent', async () => {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const result = await postJson(`http://127.0.0.1:${await freePort()}/`, {}, { agent, timeoutMs: 5000 });
  expect(result).toMatchObject({
    kind: 'no-answer',
    wasSent: false,
    reason: expect.stringContaining('ECONNREFUSED'),
  });
});

test.each<[string, Handler, RegExp]>([
  ['a connection that is broken off', (request) => request.socket.destroy(), /closed/],
  ['a connection that is reset', (request) => request.socket.resetAndDestroy(), /ECONNRESET|closed/],
  ['silence', () => undefined, /no answer within 50 ms/],
  [
    'an answer that is broken off',
    (request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('part', () => request.socket.destroy());
    },
    /closed|terminated/,
  ],
  [
    'an answer that never ends',
    (_request, response) => void response.write('part'),
    /no answer within 50 ms/,
  ],
  [
    'an answer of more than a mebibyte',
    (_request, response) => void response.end('x'.repeat(1024 * 1024 + 1)),
    /too large/,
  ],
])('after %s it may have been taken', async (_name, handle, reason) => {
  const { post, bodies } = await start(handle);
  const isSlow = reason.source.includes('50 ms');
  const result = await post({}, isSlow ? 50 : 5000);
  expect(result).toEqual({ kind: 'no-answer', wasSent: true, reason: expect.stringMatching(reason) });
  expect(bodies.length).toBe(1);
});

test('what is given up before there is a connection for it is never sent', async () => {
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
