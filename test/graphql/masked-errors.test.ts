import { once } from 'node:events';
import { expect, test } from 'vitest';
import { LatestValue } from '../../src/swap/latest-value.js';
import { createWebhookTokens } from '../../src/swap/lifecycle/webhook-tokens.js';
import type { Swap } from '../../src/swap/swap.js';
import type { SwapView } from '../../src/swap/watch.js';
import { createGraphqlClient } from '../../testing/graphql-client.js';
import { openSocket } from '../../testing/raw-socket.js';
import { type BareTransport, startTransport } from '../../testing/start-transport.js';
import { swapQuery, swapSubscription } from '../../testing/swap-client.js';
import { swapFixtures } from '../../testing/swap-fixtures.js';

const fail = (): never => {
  throw new Error('c4n4ry: password of the database', { cause: { c4n4ry: true } });
};

/** An event source that does not end. */
const feedOf = (view: SwapView): LatestValue<SwapView> => {
  const feed = new LatestValue<SwapView>({ isLast: () => false, onClosed: () => undefined });
  feed.push(view);
  return feed;
};

/** A swap whose position cannot be computed, so that rendering an event fails. */
const unplaced = (): SwapView => ({
  swap: swapFixtures['queued'] as Swap,
  queuePosition: async () => fail(),
});

/** A transport whose services always throw unexpected errors. */
const startFailing = (): Promise<BareTransport> =>
  startTransport({
    fail,
    swaps: {
      get: async () => fail(),
      watch: async (_client, id) => {
        if (id === 'at once') fail();
        const feed = feedOf(unplaced());
        return id === 'later' ? feed : Object.assign(feed, { shift: fail });
      },
    },
  });

test('an unexpected error is masked over HTTP, and logged with the request id', async () => {
  const { url, logs } = await startFailing();
  for (const query of [swapQuery, '{ gatewayStatus { version } }']) {
    const response = await createGraphqlClient(url).graphql(query, query === swapQuery ? { id: '1' } : {});
    expect(JSON.stringify(response)).not.toContain('c4n4ry');
    const requestId = String(response.errors?.[0]?.extensions['requestId']);
    expect(response.headers.get('x-request-id')).toBe(requestId);
    expect(logs.lines().find((line) => line['requestId'] === requestId)).toMatchObject({
      err: { message: expect.stringContaining('c4n4ry') },
    });
  }
});

test.each(['at once', 'later'])('an unexpected error is masked on a socket if it occurs %s', async (id) => {
  const { url, logs } = await startFailing();
  const socket = await openSocket(url);
  await socket.init();
  socket.subscribe('1', swapSubscription, { id });
  const message = JSON.stringify(await socket.next());
  expect(message).not.toContain('c4n4ry');
  const [, requestId] = /"requestId":"([^"]+)"/.exec(message) ?? [];
  expect(logs.lines().find((line) => line['requestId'] === requestId)).toMatchObject({
    err: { message: expect.stringContaining('c4n4ry') },
  });
  socket.send({ type: 'ping' });
  await expect.poll(async () => (await socket.next()).type).toBe('pong');
});

test('an error while reading events closes the socket, and is only logged', async () => {
  const { url, logs } = await startFailing();
  const socket = await openSocket(url);
  await socket.init();
  const closed = once(socket.socket, 'close');
  socket.subscribe('1', swapSubscription, { id: 'from the feed' });
  const [code, reason] = (await closed) as [number, Buffer];
  expect([code, String(reason)]).toEqual([4500, 'Internal server error']);
  await expect(socket.next()).rejects.toThrow('closed with 4500');
  expect(logs.text()).toContain('c4n4ry');
});

test('the other routes reveal no internals either', async () => {
  const { url } = await startFailing();
  const token = createWebhookTokens('secret').issue('0b0c5a3e-5c7b-4b43-9c3f-0f6a3f0f9d11');
  const responses = [
    await fetch(`${url}/readyz`),
    await fetch(`${url}/webhooks/modelslab/${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }),
  ];
  for (const response of responses) {
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(await response.text()).not.toContain('c4n4ry');
  }
});
