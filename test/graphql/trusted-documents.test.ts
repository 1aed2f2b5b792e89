import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const query = 'query Result($id: ID!) { swapResult(id: $id) { id } }';
const subscription = 'subscription Updated($id: ID!) { swapUpdated(id: $id) { id } }';
const variables = { id: '1' };

async function startTrusting(): Promise<TestGateway> {
  const path = join(temporaryFolder(), 'persisted-documents.json');
  writeFileSync(path, JSON.stringify({ abc: query, def: subscription }));
  return startGateway({ TRUSTED_DOCUMENTS: path });
}

async function post({ url }: TestGateway, body: object): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return [response.status, await response.json()];
}

const ok = [200, { data: { swapResult: null } }];
const forbidden = [403, { errors: [{ message: expect.any(String), extensions: { code: 'FORBIDDEN' } }] }];

test('with a manifest, its documents run by hash or by text, regardless of formatting', async () => {
  const gateway = await startTrusting();
  for (const reference of [
    { documentId: 'abc' },
    { documentId: 'sha256:abc' },
    { extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } } },
    { query },
    { query: query.replaceAll(' ', '\n  ') },
  ])
    expect(await post(gateway, { ...reference, variables })).toEqual(ok);
  const search = new URLSearchParams({ documentId: 'abc', variables: JSON.stringify(variables) });
  const byGet = await fetch(`${gateway.url}/graphql?${search}`, {
    headers: { 'apollo-require-preflight': '1' },
  });
  expect([byGet.status, await byGet.json()]).toEqual(ok);
});

test.each([
  { query: '{ swapResult(id: "1") { id } }' },
  { query: `${query} # and more\n query Other { gatewayStatus { version } }` },
  { query: '{' },
  { documentId: 'xyz' },
  { documentId: 'xyz', query },
  { documentId: '__proto__' },
  { documentId: 7 },
  {},
  [],
])('with a manifest, %j is rejected', async (body) => {
  expect(await post(await startTrusting(), body)).toEqual(forbidden);
});

test('the same manifest applies to sockets', async () => {
  const { url } = await startTrusting();
  const socket = await openSocket(url);
  await socket.init();
  socket.send({
    type: 'subscribe',
    id: '1',
    payload: { query: '', variables, extensions: { persistedQuery: { sha256Hash: 'def' } } },
  });
  expect(JSON.stringify(await socket.next())).toContain('NOT_FOUND');
  await socket.next();
  socket.subscribe('2', subscription.replace('Updated', 'Other'), variables);
  expect(await socket.next()).toMatchObject({
    type: 'error',
    payload: [{ extensions: { code: 'FORBIDDEN' } }],
  });
});
