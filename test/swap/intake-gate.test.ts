import { expect, test } from 'vitest';
import { createIntakeGate } from '../../src/swap/lifecycle/intake-gate.js';
import type { FaceSwapProvider, RunOutcome, SubmitOutcome } from '../../src/swap/ports.js';
import { createManualClock } from '../../testing/manual-clock.js';

function start() {
  const clock = createManualClock();
  const responses: ((outcome: SubmitOutcome) => void)[] = [];
  let isAvailable = false;
  const provider: FaceSwapProvider = {
    name: 'stub',
    submit: () => new Promise((resolve) => responses.push(resolve)),
    fetch: async () => ({ kind: 'unavailable' }),
    readReport: () => ({ kind: 'unintelligible' }),
    isAvailable: () => isAvailable,
    close: async () => undefined,
  };
  const gated = createIntakeGate(provider, clock);
  let notified = 0;
  gated.gate.onRoom(() => {
    notified += 1;
  });
  const submit = () => gated.provider.submit({} as never, 'https://example.com');
  const slot = {
    isHeld: async () => true,
    accepted: () => undefined,
    release: async () => undefined,
    reclaim: async () => undefined,
  };
  const run = (work: () => Promise<RunOutcome>) =>
    gated.gated(work)('id', new AbortController().signal, slot);
  return {
    ...gated,
    clock,
    responses,
    submit,
    run,
    notified: () => notified,
    recover() {
      isAvailable = true;
    },
  };
}

test('there is no limit while ModelsLab is available', () => {
  const { gate, recover } = start();
  recover();
  expect(gate.room()).toBe(Number.POSITIVE_INFINITY);
});

test('one swap is started as a probe, and no other before its submission has an outcome', async () => {
  const { gate, run, submit, responses, notified, clock } = start();
  expect(gate.room()).toBe(1);
  const running = run(async () => {
    await submit();
    return new Promise<RunOutcome>(() => undefined);
  });
  void running;
  await clock.advance(60_000);
  expect(gate.room()).toBe(0);
  responses[0]?.({ kind: 'unknown' });
  await expect.poll(gate.room).toBe(1);
  expect(notified()).toBe(1);
});

test('a probe that ends without a submission, or submits nothing for five seconds, makes room for another', async () => {
  const { gate, run, clock, notified } = start();
  await run(async () => ({ kind: 'finished' }));
  expect(gate.room()).toBe(1);
  void run(() => new Promise(() => undefined));
  expect(gate.room()).toBe(0);
  await clock.advance(4999);
  expect(gate.room()).toBe(0);
  await clock.advance(1);
  expect(gate.room()).toBe(1);
  expect(notified()).toBe(2);
});
