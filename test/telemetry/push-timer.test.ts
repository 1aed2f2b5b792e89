import { expect, test } from 'vitest';
import type { WebhookOutcome } from '../../src/swap/lifecycle/handle-webhook.js';
import type { UpstreamReport } from '../../src/swap/ports.js';
import { applyTransition, type EndedSwap, queuedSwap } from '../../src/swap/swap.js';
import { createPushTimer } from '../../src/telemetry/push-timer.js';
import { images } from '../../testing/swap-client.js';

const success: Extract<UpstreamReport, { kind: 'succeeded' }> = {
  kind: 'succeeded',
  result: { output: ['https://x.example.com/1'], proxyLinks: [] },
};

/** A timer on a manual clock, and what it reported. */
function setUp() {
  let time = 1000;
  const reported: string[] = [];
  const now = (): number => time;
  const timer = createPushTimer(
    {
      webhook: (outcome) => reported.push(outcome),
      webhookToPush: (ms) => reported.push(`webhook to push ${ms}`),
      endToPush: (ms) => reported.push(`end to push ${ms}`),
    },
    { now },
    now,
  );
  const queued = queuedSwap('1', 'ann', { ...images, watermark: true }, time);
  const endNow = (): EndedSwap =>
    applyTransition(queued, { type: 'succeeded', result: success.result }, time, 60_000) as EndedSwap;
  const webhook = (work: () => WebhookOutcome, kind: 'succeeded' | 'processing' = 'succeeded') =>
    timer.timeWebhooks(async () => work())('1', kind === 'succeeded' ? success : { kind });
  return { timer, reported, endNow, webhook, pass: (ms: number) => (time += ms) };
}

test('measures from the webhook to writing the end', async () => {
  const { timer, reported, endNow, webhook, pass } = setUp();
  await webhook(() => {
    pass(5);
    const swap = endNow();
    pass(7);
    timer.pushed(swap);
    return 'accepted';
  });
  expect(reported.sort()).toEqual(['accepted', 'end to push 7', 'webhook to push 12']);
});

test('a repeated webhook does not replace the one that finished the swap', async () => {
  const { timer, reported, endNow, webhook, pass } = setUp();
  const swap = endNow();
  await webhook(() => 'accepted');
  pass(20);
  await webhook(() => 'duplicate');
  timer.pushed(swap);
  expect(reported).toEqual(['accepted', 'duplicate', 'end to push 20', 'webhook to push 20']);
});

test.each([
  ['reported progress', 'processing', 'accepted'],
  ['could not be confirmed', 'succeeded', 'unconfirmed'],
  ['finished nothing', 'succeeded', 'accepted'],
] as const)(
  'a swap that finishes otherwise is not timed by an earlier webhook that %s',
  async (_what, kind, outcome) => {
    const { timer, reported, endNow, webhook, pass } = setUp();
    await webhook(() => outcome, kind);
    pass(500);
    timer.pushed(endNow());
    expect(reported).toEqual([outcome, 'end to push 0']);
  },
);

test('a webhook that fails counts as unconfirmed, and the error is rethrown', async () => {
  const { reported, webhook } = setUp();
  const failing = webhook(() => {
    throw new Error('disk full');
  });
  await expect(failing).rejects.toThrow('disk full');
  expect(reported).toEqual(['unconfirmed']);
});
