import { describe, expect, test } from 'vitest';
import { failure } from '../../src/swap/failures.js';
import { firstLatePollMs } from '../../src/swap/lifecycle/late-results.js';
import { fingerprint } from '../../src/swap/operations/registry.js';
import type { FetchOutcome, SubmitOutcome, UpstreamReport } from '../../src/swap/ports.js';
import type { EndedSwap, SwapFailureCode } from '../../src/swap/swap.js';
import { settle } from '../../testing/manual-clock.js';
import { minuteMs, pictureAt, processing, startRunner } from '../../testing/start-runner.js';

const hourMs = 60 * minuteMs;
const picture = pictureAt('https://files.example.com/late.jpg');
const failed: UpstreamReport = {
  kind: 'failed',
  isFinal: true,
  error: failure('UPSTREAM_FAILED', 'GPU exploded'),
};

/** A swap with an inferred failure: with an id, it timed out; without one, its submission stayed unknown. */
async function startFailed(
  isKnown: boolean,
  fetched: (atMs: number) => FetchOutcome = () => ({ kind: 'unavailable' }),
  submitted: SubmitOutcome = isKnown ? { kind: 'processing', modelsLabId: '5' } : { kind: 'unknown' },
) {
  const started = await startRunner({ submitted, fetched }, { request: { trackId: 7 } });
  const running = started.run();
  await started.clock.advance(11 * minuteMs);
  expect(await running).toEqual({ kind: 'finished' });
  const swap = await started.read();
  expect(swap).toMatchObject({
    status: 'FAILED',
    error: { code: isKnown ? 'TIMED_OUT' : 'SUBMISSION_UNKNOWN' },
  });
  return { ...started, ended: swap as EndedSwap };
}

describe.each([
  ['with a known id', true],
  ['without a known id', false],
])('a failure that was inferred, %s', (_name, isKnown) => {
  const report: UpstreamReport = { ...picture, ...(isKnown && { modelsLabId: '5' }) };

  test('stores the picture that a webhook brings within 24 hours, and keeps its outcome', async () => {
    const { clock, complete, read, ended, kept, logs, swapIndex } = await startFailed(isKnown);
    await clock.advance(23 * hourMs);
    expect(await complete(report)).toBe('accepted');
    expect(await read()).toEqual({
      ...ended,
      lateResult: {
        result: picture.result,
        receivedAt: clock.now(),
        ...(isKnown && { modelsLabId: '5' }),
      },
    });
    expect(kept).toEqual(['webhook']);
    expect(
      logs
        .lines()
        .filter(({ level }) => level === 'warn')
        .map(({ msg }) => msg),
    ).toContain('result arrived after the swap had failed; stored as a late result');
    const holder = await swapIndex.holder('ann', { kind: 'late', value: fingerprint(ended.request) });
    expect(holder?.swapId).toBe(ended.id);
    expect(await complete({ ...report, ...pictureAt('https://files.example.com/2.jpg') })).toBe('duplicate');
    expect(await read()).toMatchObject({ lateResult: { result: picture.result } });
  });

  test('accepts nothing after 24 hours', async () => {
    const { clock, complete, read, ended } = await startFailed(isKnown);
    await clock.advance(24 * hourMs);
    expect(await complete(report)).toBe('duplicate');
    expect(await read()).toEqual(ended);
  });

  test('is never overwritten by a late failure', async () => {
    const { complete, read, ended } = await startFailed(isKnown);
    await complete({ ...failed, ...(isKnown && { modelsLabId: '5' }) } as UpstreamReport);
    expect(await read()).toEqual(ended);
  });

  test('does not show the picture of another swap', async () => {
    const { complete, read, ended } = await startFailed(isKnown, () => ({ ...picture, trackId: '8' }));
    expect(await complete({ ...picture, modelsLabId: '5', trackId: '8' })).toBe('unconfirmed');
    expect(await read()).toEqual(ended);
  });
});

test('a failure that ModelsLab reported accepts no late result', async () => {
  const { run, complete, read, clock } = await startRunner({
    submitted: { kind: 'processing', modelsLabId: '5' },
    fetched: () => failed as FetchOutcome,
  });
  const running = run();
  await clock.advance(1000);
  await running;
  const ended = await read();
  expect(ended).toMatchObject({ status: 'FAILED' });
  expect(await complete({ ...picture, modelsLabId: '5' })).toBe('duplicate');
  expect(await read()).toEqual(ended);
});

test.each<[SwapFailureCode, boolean]>([
  ['SUBMISSION_UNKNOWN', true],
  ['TIMED_OUT', true],
  ['UPSTREAM_FAILED', false],
])(
  'a record of an earlier version that failed with %s accepts a late result: %s',
  async (code, isAccepted) => {
    const { complete, store, swap, clock } = await startRunner({ submitted: { kind: 'unknown' } });
    const { status: _, ...facts } = swap;
    const old: EndedSwap = {
      ...facts,
      status: 'FAILED',
      error: failure(code, 'old'),
      completedAt: clock.now(),
      expiresAt: clock.now() + 48 * hourMs,
    };
    await store.finish(old);
    expect(await complete(picture)).toBe(isAccepted ? 'accepted' : 'duplicate');
  },
);

describe('polling for late results', () => {
  test('finds a picture at growing intervals, without a webhook', async () => {
    const { clock, startLate, read, kept, polls, latePolls } = await startFailed(true, (atMs) =>
      atMs > 5 * hourMs ? picture : { kind: 'unavailable' },
    );
    const before = polls.length;
    startLate();
    await clock.advance(6 * hourMs, 8);
    expect(kept).toEqual(['poll']);
    expect(await read()).toMatchObject({ status: 'FAILED', lateResult: { result: picture.result } });
    const made = polls.slice(before);
    const gaps = made.slice(1).map((at, index) => at - (made[index] ?? 0));
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(gaps[index - 1] ?? 0);
    expect(made.length).toBeLessThan(25);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30 * minuteMs);
    expect(await latePolls.nextDueAt()).toBeUndefined();
  });

  test('stops after 24 hours', async () => {
    const { clock, startLate, polls, latePolls } = await startFailed(true);
    startLate();
    await clock.advance(25 * hourMs, 8);
    expect(await latePolls.nextDueAt()).toBeUndefined();
    const before = polls.length;
    await clock.advance(hourMs, 8);
    expect(polls).toHaveLength(before);
  });

  test.each<[string, FetchOutcome]>([
    ['another id', { ...picture, modelsLabId: '6' }],
    ['another track_id', { ...picture, trackId: '8' }],
    ['no picture', { kind: 'succeeded', result: { output: [], proxyLinks: [] } }],
    [
      'an error that may be about the request',
      { ...(failed as FetchOutcome & { kind: 'failed' }), isFinal: false },
    ],
    ['the status processing', processing],
  ])('continues after a response with %s', async (_name, response) => {
    const { clock, startLate, kept } = await startFailed(true, (atMs) => {
      if (atMs < 11 * minuteMs) return { kind: 'unavailable' };
      return atMs < 2 * hourMs ? response : picture;
    });
    startLate();
    await clock.advance(hourMs);
    expect(kept).toEqual([]);
    await clock.advance(2 * hourMs);
    expect(kept).toEqual(['poll']);
  });

  test('stops when ModelsLab reports that this swap failed', async () => {
    const { clock, startLate, latePolls } = await startFailed(true, (atMs) =>
      atMs < 11 * minuteMs ? { kind: 'unavailable' } : (failed as FetchOutcome),
    );
    startLate();
    await clock.advance(minuteMs);
    expect(await latePolls.nextDueAt()).toBeUndefined();
  });

  test('starts when a webhook reveals the id of a submission that had stayed unknown', async () => {
    const { clock, startLate, complete, kept, read } = await startFailed(false, () => picture);
    const late = startLate();
    expect(late).toBeDefined();
    await clock.advance(minuteMs);
    expect(kept).toEqual([]);
    expect(await complete({ kind: 'processing', modelsLabId: '9' })).toBe('accepted');
    await clock.advance(minuteMs);
    expect(kept).toEqual(['poll']);
    expect(await read()).toMatchObject({ modelsLabId: '9', lateResult: { result: picture.result } });
  });

  test('does not start for an id that comes with another track_id', async () => {
    const { clock, startLate, complete, kept, polls } = await startFailed(false);
    startLate();
    expect(await complete({ ...failed, modelsLabId: '9', trackId: '8' } as UpstreamReport)).toBe(
      'unconfirmed',
    );
    const before = polls.length;
    await clock.advance(hourMs);
    expect(polls).toHaveLength(before);
    expect(kept).toEqual([]);
  });

  test.each([-24 * hourMs, 12 * hourMs])(
    'is not stalled by a wall clock that steps by %i ms',
    async (step) => {
      const { clock, startLate, kept } = await startFailed(true, (atMs) =>
        atMs > 20 * minuteMs ? picture : { kind: 'unavailable' },
      );
      startLate();
      await clock.advance(minuteMs);
      clock.step(step);
      await clock.advance(hourMs);
      expect(kept).toEqual(['poll']);
    },
  );

  test('completes what a crash interrupted after the picture was stored', async () => {
    const { clock, startLate, store, ended, swapIndex, latePolls } = await startFailed(true);
    await store.saveLateResult(ended, { result: picture.result, receivedAt: clock.now() });
    startLate();
    await clock.advance(minuteMs);
    const holder = await swapIndex.holder('ann', { kind: 'late', value: fingerprint(ended.request) });
    expect(holder?.swapId).toBe(ended.id);
    expect(await latePolls.nextDueAt()).toBeUndefined();
  });
});

test('the response to a submission that arrives after its swap is finished is stored as a late result', async () => {
  let respond: (outcome: SubmitOutcome) => void = () => undefined;
  const late = new Promise<SubmitOutcome>((resolve) => {
    respond = resolve;
  });
  const { read, kept } = await startFailed(false, undefined, { kind: 'unknown', late });
  respond({ kind: 'succeeded', modelsLabId: '3', result: picture.result });
  await settle();
  expect(kept).toEqual(['response']);
  expect(await read()).toMatchObject({
    status: 'FAILED',
    modelsLabId: '3',
    lateResult: { result: picture.result },
  });
});

describe('a swap that times out at the very moment its picture arrives', () => {
  /** The swap times out just before its first success is stored. */
  const startRace = async (submitted: SubmitOutcome) => {
    let isFirst = true;
    return startRunner(
      { submitted, fetched: () => picture },
      {
        wrap: (store) => ({
          ...store,
          async finish(swap) {
            if (swap.status === 'SUCCEEDED' && isFirst) {
              isFirst = false;
              const { result: _, ...facts } = swap;
              const error = failure('SUBMISSION_UNKNOWN', 'too late');
              await store.finish({ ...facts, status: 'FAILED', error, lateUntil: swap.completedAt + hourMs });
            }
            return store.finish(swap);
          },
        }),
      },
    );
  };
  const kept = { status: 'FAILED', lateResult: { result: picture.result } };

  test('stores a result from a webhook', async () => {
    const { run, complete, read } = await startRace({ kind: 'unknown' });
    const running = run();
    await settle();
    expect(await complete(picture)).toBe('accepted');
    expect(await running).toEqual({ kind: 'finished' });
    expect(await read()).toMatchObject(kept);
  });

  test('stores a result from a poll', async () => {
    const { run, clock, read } = await startRace({ kind: 'processing', modelsLabId: '5' });
    const running = run();
    await clock.advance(2000);
    expect(await running).toEqual({ kind: 'finished' });
    expect(await read()).toMatchObject(kept);
  });

  test('stores a result from a late response', async () => {
    const late = Promise.resolve<SubmitOutcome>({ kind: 'succeeded', result: picture.result });
    const { run, read } = await startRace({ kind: 'unknown', late });
    await run();
    await settle();
    expect(await read()).toMatchObject(kept);
  });
});

test('after a "try again" from ModelsLab, which may have been charged, a late result is accepted', async () => {
  const { run, complete, read } = await startRunner({
    submitted: { kind: 'failed', error: failure('UPSTREAM_BUSY', 'Try Again') },
  });
  await run();
  expect(await complete(picture)).toBe('accepted');
  expect(await read()).toMatchObject({
    error: { code: 'UPSTREAM_BUSY' },
    lateResult: { result: picture.result },
  });
});

describe('an idle gateway', () => {
  const submitted: SubmitOutcome = { kind: 'processing', modelsLabId: '5' };
  const startIdle = async (isShared: boolean, idleMs = hourMs) => {
    const started = await startRunner({ submitted, fetched: () => ({ kind: 'unavailable' }) }, { isShared });
    started.startLate();
    await started.clock.advance(idleMs);
    return started;
  };

  test('does not read the schedule of late results while nothing is scheduled', async () => {
    const { scheduleReads } = await startIdle(false);
    expect(scheduleReads()).toBe(1);
  });

  test('is woken by a swap that fails, and polls when its first poll is due', async () => {
    const { run, clock, read, polls } = await startIdle(false, minuteMs);
    const running = run();
    await clock.advance(11 * minuteMs);
    await running;
    const { completedAt, createdAt } = (await read()) as EndedSwap;
    const failedAtMs = completedAt - createdAt;
    expect(polls.filter((atMs) => atMs > failedAtMs)[0]).toBe(failedAtMs + firstLatePollMs);
  });

  test('polls for what another instance scheduled before it died', async () => {
    const { clock, latePolls } = await startIdle(true);
    await latePolls.add('of-another', clock.now());
    await clock.advance(15_000);
    // No swap of this id is stored, so its entry is removed instead of being polled.
    expect(await latePolls.nextDueAt()).toBeUndefined();
  });
});
