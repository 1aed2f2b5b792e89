import { request } from 'node:http';
import { expect, test } from 'vitest';
import { createMemoryPubSub } from '../../src/backends/memory/pubsub.js';
import { createPositionChanges } from '../../src/backends/position-changes.js';
import { createTimeSlicer } from '../../src/server/subscriptions/time-slicer.js';
import type { Connection } from '../../src/server/websocket/connection.js';
import { createKeepAlive } from '../../src/server/websocket/keep-alive.js';
import { socketTimes } from '../../src/server/websocket/limits.js';
import { LatestValue } from '../../src/swap/latest-value.js';
import type { Swap } from '../../src/swap/swap.js';
import type { SwapView } from '../../src/swap/watch.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startTransport } from '../../testing/start-transport.js';
import { swapSubscription } from '../../testing/swap-client.js';

const fail = (): never => {
  throw new Error('not needed');
};
const faultsIn = async (url: string): Promise<Record<string, number>> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.matchAll(/^face_swap_gateway_internal_faults_total\{where="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...samples].map(([, where, count]) => [where, Number(count)]));
};

test("an event that cannot be rendered closes only its subscriber's socket, with 4500", async () => {
  const feeds: LatestValue<SwapView>[] = [];
  const { url, logs } = await startTransport({
    fail,
    swaps: {
      async watch() {
        const feed = new LatestValue<SwapView>({
          isLast: () => {
            throw new RangeError('Maximum call stack size exceeded');
          },
          onClosed: () => undefined,
        });
        feeds.push(feed);
        return feed;
      },
    },
  });
  const victim = await openSocket(url);
  await victim.init();
  const bystander = await openSocket(url);
  await bystander.init();
  victim.subscribe('1', swapSubscription, { id: 'any' });
  await expect.poll(() => feeds.length).toBe(1);
  feeds[0]?.push({} as SwapView);
  expect(await victim.closed).toBe(4500);
  bystander.send({ type: 'ping' });
  expect(await bystander.next()).toEqual({ type: 'pong' });
  expect(await faultsIn(url)).toEqual({ socket: 1 });
  expect(logs.lines()).toContainEqual(
    expect.objectContaining({ where: 'socket', faultId: expect.any(String), requestId: expect.any(String) }),
  );
});

test('a task that throws does not block the others', async () => {
  const reported: unknown[] = [];
  let now = 0;
  const turns = createTimeSlicer(
    (_where, error) => reported.push(error),
    () => now,
  );
  const done: number[] = [];
  for (let n = 0; n < 6; n += 1) {
    turns.run(() => {
      now += 10;
      if (n % 2 === 0) throw new Error(String(n));
      done.push(n);
    });
  }
  await expect.poll(() => done).toEqual([1, 3, 5]);
  expect(reported).toHaveLength(3);
});

test('a socket whose keep-alive fails is terminated, and the others stay open', async () => {
  const sources: string[] = [];
  const watch = createKeepAlive({ ...socketTimes, initTimeoutMs: 0, checkIntervalMs: 5 }, (where) =>
    sources.push(where),
  );
  let isCut = false;
  watch.add({
    socket: {
      terminate: () => {
        isCut = true;
      },
    },
    isOpen: fail,
  } as unknown as Connection);
  const closed = new Promise<number>((resolve) => {
    watch.add({
      isOpen: () => true,
      waitingMessages: 0,
      pingedAt: 0,
      isInitialized: false,
      close: resolve,
    } as unknown as Connection);
  });
  expect(await closed).toBe(4408);
  expect(isCut).toBe(true);
  expect(sources).toContain('timer');
  watch.stop();
});

test('a request whose response cannot be written loses its connection, and is counted', async () => {
  const { url } = await startTransport({
    fail,
    swaps: {},
    env: { FAST_PATH: 'on' },
    // Its length is known, so the headers are sent before it turns out that the body cannot be.
    wrapFastPath: (fastPath) => ({
      ...fastPath,
      createExecution: () => () => Promise.resolve(new ArrayBuffer(3)) as never,
    }),
  });
  const send = () =>
    new Promise<string>((resolve) => {
      const outgoing = request(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      outgoing.on('error', ({ message }) => resolve(message));
      outgoing.on('response', (response) => resolve(String(response.resume().statusCode)));
      outgoing.end(JSON.stringify({ query: '{ __typename }' }));
    });
  expect(await send()).toBe('200');
  expect(await send()).toBe('socket hang up');
  expect(await faultsIn(url)).toEqual({ request: 1 });
  expect((await fetch(`${url}/livez`)).status).toBe(200);
});

test('a listener that throws does not block an event for the others', async () => {
  const sources: string[] = [];
  const events = createMemoryPubSub((where) => sources.push(where));
  const received: string[] = [];
  await events.subscribe('a', fail);
  await events.subscribe('a', ({ id }) => received.push(id));
  events.publish({ id: 'a' } as Swap);
  expect(received).toEqual(['a']);
  expect(sources).toEqual(['events']);
});

test('a listener of queue positions that throws does not block the others', async () => {
  const sources: string[] = [];
  const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
  const moved = createPositionChanges(clock, (where) => sources.push(where));
  moved.listen(fail);
  const notified = new Promise<void>((resolve) => {
    moved.listen(resolve);
  });
  moved.notify();
  await notified;
  expect(sources).toEqual(['queue']);
});
