import { expect, onTestFinished, test } from 'vitest';
import { createMemoryQueue } from '../../src/backends/memory/queue.js';
import { timedOut } from '../../src/swap/failures.js';
import { createOperatorActs } from '../../src/swap/lifecycle/operator-acts.js';
import { applyTransition, type EndedSwap } from '../../src/swap/swap.js';
import { policy, startRunner, succeeded } from '../../testing/start-runner.js';
import { unexpected } from '../../testing/unexpected.js';

const secret = 'https://hooks.example.com/secret';

async function start() {
  const runner = await startRunner(
    { submitted: { kind: 'processing', modelsLabId: '1' } },
    { request: { webhook: secret } },
  );
  const { clock, logs, store, outbox, swap } = runner;
  const queue = createMemoryQueue({
    clock,
    log: logs.log,
    report: unexpected,
    slots: 2,
    maxWaiting: 10,
    maxWaitingPerClient: 10,
  });
  const runs: string[] = [];
  queue.start({
    async run(id, signal) {
      runs.push(id);
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve({ kind: 'interrupted' })),
      );
    },
    expire: async () => undefined,
  });
  onTestFinished(async () => void (await Promise.all([queue.close(), clock.advance(10_000)])));
  const apply = async (...steps: Parameters<typeof applyTransition>[1][]) => {
    let current = await store.get(swap.id);
    for (const step of steps)
      current = current && applyTransition(current, step, clock.now(), policy.resultTtlMs);
    if (!current) throw new Error('no swap');
    if ('completedAt' in current) await store.finish(current);
    else await store.save(current);
    return current;
  };
  return { ...runner, queue, runs, apply, acts: createOperatorActs({ store, queue, clock, policy, outbox }) };
}

test('a swap that no queue has waits again, once', async () => {
  const { acts, runs, swap } = await start();
  expect(await acts.requeue(swap.id)).toMatchObject({ id: swap.id, action: 'wait' });
  expect(runs).toEqual([swap.id]);
  await expect(acts.requeue(swap.id)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    message: 'id: the swap has a slot and is being submitted',
  });
  expect(runs).toEqual([swap.id]);
  expect(await acts.requeue('unknown')).toBeUndefined();
});

test.each([
  ['marked', [{ type: 'submitting' }]],
  ['accepted', [{ type: 'submitting' }, { type: 'accepted', modelsLabId: '1' }]],
  ['of unknown outcome', [{ type: 'submitting' }, { type: 'outcome-unknown' }]],
] as const)('a swap that is %s is followed, and never submitted again', async (_name, steps) => {
  const { acts, apply, swap, run, submissions, clock } = await start();
  await apply(...steps);
  expect(await acts.requeue(swap.id)).toEqual({ id: swap.id, action: 'follow', queuePosition: null });
  const running = run();
  await clock.advance(policy.processingDeadlineMs * 4, 3);
  await running;
  expect(submissions()).toBe(0);
});

test.each([
  ['SUCCEEDED', { type: 'succeeded', result: succeeded.result }],
  ['FAILED', { type: 'failed', error: { code: 'UPSTREAM_ACCOUNT', message: '', retryable: false } }],
  ['CANCELED', { type: 'canceled' }],
  ['EXPIRED', { type: 'expired' }],
] as const)('a swap that is %s stays as it is', async (status, step) => {
  const { acts, apply, swap, runs, read } = await start();
  const ended = await apply(step);
  await expect(acts.requeue(swap.id)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    message: expect.stringContaining(
      `the swap is ${status}, and the outcome of a finished swap never changes`,
    ),
  });
  expect(await read()).toEqual(ended);
  expect(runs).toEqual([]);
});

test('the webhook of a finished swap is delivered again after it was given up, and that of a late result too', async () => {
  const { acts, apply, swap, outbox, store, clock } = await start();
  await expect(acts.redeliver(swap.id)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  const ended = (await apply({ type: 'failed', error: timedOut, inferred: true })) as EndedSwap;
  const owner = { client: 'ann', host: 'hooks.example.com' };
  await outbox.giveUp({ swapId: swap.id, attempts: 6, ...owner }, clock.now());
  expect(await acts.redeliver(swap.id)).toEqual({ id: swap.id, events: ['swap.finished'] });
  expect(await outbox.list('given-up', 9)).toEqual({ total: 0, deliveries: [] });
  expect((await outbox.list('waiting', 9)).deliveries).toMatchObject([
    { swapId: swap.id, attempts: 0, ...owner },
  ]);
  await store.saveLateResult(ended, { result: succeeded.result, receivedAt: clock.now() });
  expect(await acts.redeliver(swap.id)).toMatchObject({ events: ['swap.finished', 'swap.late_result'] });
  expect((await outbox.list('waiting', 9)).total).toBe(2);
  expect(await acts.redeliver('unknown')).toBeUndefined();
});
