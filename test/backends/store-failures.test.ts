import { expect, test } from 'vitest';
import { logStoreFailures } from '../../src/backends/store-failures.js';
import type { ConsentLog } from '../../src/swap/consent.js';
import { unavailable } from '../../src/swap/errors.js';
import type { LatePollSchedule } from '../../src/swap/late-poll-schedule.js';
import type { SwapIndex, SwapStore } from '../../src/swap/ports.js';
import type { UsageReader } from '../../src/swap/usage.js';
import type { WebhookOutbox } from '../../src/swap/webhook-outbox.js';
import { captureLog } from '../../testing/capture-log.js';

/** Ports whose methods all fail with the configured error. */
function createFailing() {
  const failure = { next: () => new Error('disk error') as unknown };
  const ports = new Proxy(
    {},
    {
      get: () => async () => Promise.reject(failure.next()),
      ownKeys: () => names,
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    },
  );
  return { failure, ports };
}
const names = [
  ...[
    'create',
    'save',
    'finish',
    'saveLateResult',
    'assign',
    'get',
    'ping',
    'holder',
    'link',
    'idByModelsLabId',
    'modelsLabIdOf',
  ],
  ...['markEnded', 'page', 'open', 'add', 'take', 'postpone', 'remove', 'nextDueAt'],
];

function watch() {
  const { failure, ports } = createFailing();
  const logs = captureLog();
  let now = 0;
  const watched = logStoreFailures(
    {
      store: ports as SwapStore,
      swapIndex: ports as SwapIndex,
      outbox: ports as WebhookOutbox,
      latePolls: ports as LatePollSchedule,
      usage: ports as UsageReader,
      consents: ports as ConsentLog,
    },
    logs.log,
    { now: () => now },
  );
  const pass = (ms: number): void => {
    now += ms;
  };
  return { ...watched, failure, logs, pass };
}

test('the cause of a failure is logged with the swap, and the caller gets the original error', async () => {
  const { store, swapIndex, outbox, failure, logs } = watch();
  const cause = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
  const thrown = unavailable(unavailable(cause));
  failure.next = () => thrown;
  await expect(store.get('one')).rejects.toBe(thrown);
  expect(logs.lines()).toMatchObject([
    {
      level: 'error',
      operation: 'get',
      swap: 'one',
      err: { message: cause.message },
      msg: 'the store failed',
    },
  ]);
  failure.next = () => new Error('other');
  await expect(swapIndex.markEnded('two', 1)).rejects.toThrow();
  await expect(outbox.add('three', 1)).rejects.toThrow();
  await expect(swapIndex.page('ann', 1)).rejects.toThrow();
  expect(logs.lines().map(({ operation, swap }) => [operation, swap])).toEqual([
    ['get', 'one'],
    ['markEnded', 'two'],
    ['add', 'three'],
    ['page', undefined],
  ]);
});

test('the same failure is logged once', async () => {
  const { store, failure, logs } = watch();
  const lasting = new Error('lost');
  failure.next = () => unavailable(lasting);
  for (let time = 0; time < 5; time += 1) await expect(store.get('one')).rejects.toThrow();
  expect(logs.lines()).toHaveLength(1);
});

test('a long outage of the store does not flood the log, and suppressed lines are counted', async () => {
  const { store, logs, pass } = watch();
  for (let time = 0; time < 1000; time += 1) await expect(store.get('one')).rejects.toThrow();
  const burst = logs.lines().length;
  expect(burst).toBeLessThanOrEqual(20);
  pass(1000);
  await expect(store.get('one')).rejects.toThrow();
  expect(logs.lines().at(-1)).toMatchObject({ suppressed: 1000 - burst });
});
