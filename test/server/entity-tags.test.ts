import { expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startTransport } from '../../testing/start-transport.js';
import { fixtureService } from '../../testing/swap-fixtures.js';

const fail = () => expect.fail('not to be called');

async function start() {
  const { url } = await startTransport({
    swaps: fixtureService(),
    fail,
    services: { account: { tokens: undefined, usage: fail, webhookSecretOf: () => 'whsec_c2VjcmV0' } },
    env: { GATEWAY_API_KEYS: keysFor('web', 'other') },
  });
  return (query: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, {
      method,
      headers: { 'apollo-require-preflight': '1', ...bearer('web'), ...headers },
    });
}

const finished = '{ swapResult(id: "succeeded") { id status output } }';

test('a finished swap has an entity tag, and is not sent again to a client that has it', async () => {
  const get = await start();
  const response = await get(finished);
  const tag = response.headers.get('etag') ?? '';
  expect(tag).toMatch(/^"[\w-]{20,}"$/);
  expect(response.headers.get('cache-control')).toBe('private, no-cache');
  expect(response.headers.get('vary')).toBe('Origin, Authorization');
  expect(await response.json()).toMatchObject({ data: { swapResult: { status: 'SUCCEEDED' } } });

  for (const given of [tag, `W/${tag}`, `"other", ${tag}`, '*'])
    for (const method of ['GET', 'HEAD']) {
      const again = await get(finished, { 'if-none-match': given }, method);
      expect([again.status, await again.text()]).toEqual([304, '']);
      expect(again.headers.get('etag')).toBe(tag);
      expect(again.headers.get('cache-control')).toBe('private, no-cache');
    }
  expect((await get(finished, { 'if-none-match': '"other"' })).status).toBe(200);
});

test('each selection and each media type has its own tag', async () => {
  const get = await start();
  const tags = new Set<string | null>();
  for (const query of [finished, '{ swapResult(id: "succeeded") { id } }', '{ node(id: "failed") { id } }'])
    for (const accept of ['application/json', 'application/graphql-response+json'])
      tags.add((await get(query, { accept })).headers.get('etag'));
  expect(tags.size).toBe(6);
  expect(tags).not.toContain(null);
});

test.each([
  ['a queued swap', '{ swapResult(id: "queued") { id } }'],
  ['no swap', '{ swapResult(id: "unknown") { id } }'],
  ['a finished and an open swap', '{ nodes(ids: ["succeeded", "processing"]) { id } }'],
  ['a swap and nothing', '{ nodes(ids: ["succeeded", "unknown"]) { id } }'],
  ['a swap with an invalid field', '{ swapResult(id: "crooked") { id generationTime } }'],
  ['a swap with a secret', '{ swapResult(id: "succeeded") { id } me { webhookSigningSecret } }'],
  ['a list', '{ swaps { nodes { id } } }'],
  ['no swap at all', '{ __typename }'],
])('%s has none, and is not stored', async (_what, query) => {
  const response = await (await start())(query, { 'if-none-match': '*' });
  expect(response.status).toBe(200);
  expect(response.headers.get('etag')).toBeNull();
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('a tag is no way to learn about the swap of another client', async () => {
  const get = await start();
  const tag = (await get(finished)).headers.get('etag') ?? '';
  const foreign = await get(finished, { 'if-none-match': tag, ...bearer('other') });
  expect(foreign.status).toBe(200);
  expect(await foreign.json()).toEqual({ data: { swapResult: null } });
  expect((await get(finished, { 'if-none-match': tag, authorization: 'Bearer wrong' })).status).toBe(401);
});
