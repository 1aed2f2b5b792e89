import { describe, expect, test } from 'vitest';
import { failure } from '../../src/swap/failures.js';
import type { FetchOutcome } from '../../src/swap/ports.js';
import { settle } from '../../testing/manual-clock.js';
import { minuteMs, pictureAt, processing, startRunner, succeeded } from '../../testing/start-runner.js';

const atModelsLab = { kind: 'processing', modelsLabId: '1' } as const;
const doubtful: FetchOutcome = {
  kind: 'failed',
  isFinal: false,
  error: failure('UPSTREAM_FAILED', 'Request not found'),
};
const final: FetchOutcome = { ...doubtful, isFinal: true };

describe('polling', () => {
  test.each([undefined, 20_000, 605_000])(
    'starts a second after the response, with an eta of %s ms',
    async (etaMs) => {
      const { clock, polls, run } = await startRunner({
        submitted: { ...atModelsLab, ...(etaMs !== undefined && { etaMs }) },
        fetched: (atMs) => (atMs >= 6000 ? succeeded : processing),
      });
      const outcome = run();
      await clock.advance(10_000);
      expect(await outcome).toEqual({ kind: 'finished' });
      expect(polls[0]).toBe(1000);
      expect(polls.length).toBeLessThanOrEqual(10);
    },
  );

  test('has intervals of at most ten seconds in the first two minutes, and thirty later', async () => {
    const { clock, polls, run } = await startRunner({
      submitted: { ...atModelsLab, etaMs: 3_600_000 },
      fetched: (atMs) => (atMs > 500_000 ? succeeded : processing),
    });
    const outcome = run();
    await clock.advance(600_000);
    await outcome;
    const gaps = polls.map((atMs, index) => ({ atMs, gap: atMs - (polls[index - 1] ?? 0) }));
    expect(Math.max(...gaps.filter(({ atMs }) => atMs <= 120_000).map(({ gap }) => gap))).toBe(10_000);
    expect(Math.max(...gaps.map(({ gap }) => gap))).toBe(30_000);
  });

  test('learns: once swaps are known to take ten seconds, they are polled around then', async () => {
    const { clock, polls, run, learned, read } = await startRunner({
      submitted: { ...atModelsLab, etaMs: 605_000 },
      fetched: (atMs) => (atMs > 10_400 ? succeeded : processing),
    });
    for (let n = 0; n < 40; n++) learned.record(9000 + 50 * n, 'poll');
    const outcome = run();
    await settle();
    const seen = await read();
    expect(seen && 'estimatedCompletionAt' in seen && seen.estimatedCompletionAt).toBe(clock.now() + 9950);
    await clock.advance(20_000);
    await outcome;
    expect(polls.length).toBeLessThanOrEqual(10);
    expect(polls.filter((atMs) => atMs > 1000 && atMs < 9000)).toEqual([]);
    expect(polls.at(-1)).toBeLessThan(11_000);
  });

  test('an interrupted run leaves the swap to the next one, which polls at once and submits nothing', async () => {
    const { clock, polls, run, abort, read, submissions, swap } = await startRunner({
      submitted: atModelsLab,
      fetched: () => succeeded,
    });
    const first = run();
    await settle();
    abort.abort();
    expect(await first).toEqual({ kind: 'interrupted' });
    expect(await read()).toMatchObject({ status: 'PROCESSING', modelsLabId: '1' });
    expect(polls).toEqual([]);
    expect(submissions()).toBe(1);
    expect(clock.sleepers()).toBe(0);
    expect(swap.status).toBe('QUEUED');
  });

  test('a swap that waited longer than the queue deadline is not submitted', async () => {
    const { clock, run, read, submissions } = await startRunner({ submitted: { kind: 'unknown' } });
    await clock.advance(15 * minuteMs);
    expect(await run()).toEqual({ kind: 'finished' });
    expect(await read()).toMatchObject({ status: 'EXPIRED' });
    expect(submissions()).toBe(0);
  });
});

describe('inconclusive responses', () => {
  const nothing: Record<string, FetchOutcome> = {
    'no response': { kind: 'unavailable' },
    'an unintelligible response': { kind: 'unintelligible' },
    'a success without a picture': { kind: 'succeeded', result: { output: [], proxyLinks: [] } },
    "another swap's id": { ...pictureAt('https://files.example.com/other.jpg'), modelsLabId: '2' },
    "another swap's track_id": { ...pictureAt('https://files.example.com/other.jpg'), trackId: '8' },
    "another swap's failure": { ...final, modelsLabId: '2' },
  };

  test.each(Object.entries(nothing))(
    '%s, however often, does not stop the polls',
    async (_name, response) => {
      const { clock, polls, run, read } = await startRunner(
        { submitted: atModelsLab, fetched: (atMs) => (atMs < 5 * minuteMs ? response : succeeded) },
        { request: { trackId: 7 } },
      );
      const outcome = run();
      await clock.advance(5 * minuteMs);
      expect(polls.length).toBeGreaterThan(10);
      expect(await read()).toMatchObject({ status: 'PROCESSING' });
      await clock.advance(minuteMs);
      expect(await outcome).toEqual({ kind: 'finished' });
      expect(await read()).toMatchObject({ status: 'SUCCEEDED', result: succeeded.result });
    },
  );

  test('a track_id is the same as a number and as a string', async () => {
    const { clock, run, read } = await startRunner(
      { submitted: atModelsLab, fetched: () => ({ ...succeeded, trackId: '7', modelsLabId: '1' }) },
      { request: { trackId: 7 } },
    );
    const outcome = run();
    await clock.advance(1000);
    await outcome;
    expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('an error that may be about the request is believed after a minute without another response', async () => {
    const { clock, polls, run, read } = await startRunner({
      submitted: atModelsLab,
      fetched: () => doubtful,
    });
    const outcome = run();
    await clock.advance(61_000 - 1);
    expect(await read()).toMatchObject({ status: 'PROCESSING' });
    await clock.advance(10_000);
    expect(await outcome).toEqual({ kind: 'finished' });
    expect(polls.length).toBeGreaterThan(5);
    expect(await read()).toMatchObject({
      status: 'FAILED',
      error: { code: 'UPSTREAM_FAILED', message: 'Request not found' },
      lateUntil: expect.any(Number),
    });
  });

  test.each<[string, FetchOutcome]>([
    ['processing', processing],
    ['none', { kind: 'unavailable' }],
    ['an unintelligible one', { kind: 'unintelligible' }],
  ])('any other response, such as %s, restarts that minute', async (_name, other) => {
    let polls = 0;
    const { clock, run, read } = await startRunner({
      submitted: atModelsLab,
      fetched(atMs) {
        polls += 1;
        if (atMs > 8 * minuteMs) return succeeded;
        return polls % 4 === 0 ? other : doubtful;
      },
    });
    const outcome = run();
    await clock.advance(9 * minuteMs);
    expect(await outcome).toEqual({ kind: 'finished' });
    expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('a failure of this swap finishes it at once', async () => {
    const { clock, polls, run, read } = await startRunner({ submitted: atModelsLab, fetched: () => final });
    const outcome = run();
    await clock.advance(1000);
    expect(await outcome).toEqual({ kind: 'finished' });
    expect(polls).toEqual([1000]);
    const swap = await read();
    expect(swap).toMatchObject({ status: 'FAILED' });
    expect(swap).not.toHaveProperty('lateUntil');
  });
});

describe('the deadline', () => {
  test('is ten minutes after the submission, regardless of the eta, while polls go unanswered', async () => {
    const { clock, run, read } = await startRunner({
      submitted: { ...atModelsLab, etaMs: 60 * minuteMs },
      fetched: () => ({ kind: 'unavailable' }),
    });
    const outcome = run();
    await clock.advance(10 * minuteMs - 1);
    expect(await read()).toMatchObject({ status: 'PROCESSING' });
    await clock.advance(10_000);
    await outcome;
    expect(await read()).toMatchObject({ status: 'FAILED', error: { code: 'TIMED_OUT' } });
  });

  test('is extended to thirty minutes while ModelsLab reports that the swap is processing', async () => {
    const { clock, polls, run, read } = await startRunner({ submitted: atModelsLab });
    const outcome = run();
    await clock.advance(30 * minuteMs - 1);
    expect(await read()).toMatchObject({ status: 'PROCESSING' });
    await clock.advance(30_000);
    await outcome;
    expect(await read()).toMatchObject({
      status: 'FAILED',
      error: { code: 'TIMED_OUT' },
      lateUntil: expect.any(Number),
    });
    expect(polls.at(-1)).toBeGreaterThanOrEqual(30 * minuteMs);
  });

  test.each([1, 2, 3, 4])(
    '%i unanswered polls after it do not fail the swap, since the result may exist',
    async (silences) => {
      let unanswered = 0;
      const { clock, run, read } = await startRunner({
        submitted: atModelsLab,
        fetched(atMs) {
          if (atMs < 10 * minuteMs) return { kind: 'unavailable' };
          unanswered += 1;
          return unanswered <= silences ? { kind: 'unavailable' } : succeeded;
        },
      });
      const outcome = run();
      await clock.advance(11 * minuteMs);
      await outcome;
      expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
    },
  );

  test('five unanswered polls after it do', async () => {
    let unanswered = 0;
    const { clock, run, read } = await startRunner({
      submitted: atModelsLab,
      fetched(atMs) {
        if (atMs >= 10 * minuteMs) unanswered += 1;
        return { kind: 'unavailable' };
      },
    });
    const outcome = run();
    await clock.advance(11 * minuteMs);
    await outcome;
    expect(unanswered).toBe(5);
    expect(await read()).toMatchObject({ status: 'FAILED', error: { code: 'TIMED_OUT' } });
  });

  test('a response that says "processing" after it resets the count', async () => {
    const after: FetchOutcome[] = [
      ...Array<FetchOutcome>(4).fill({ kind: 'unavailable' }),
      processing,
      ...Array<FetchOutcome>(4).fill({ kind: 'unavailable' }),
    ];
    const { clock, run, read } = await startRunner({
      submitted: atModelsLab,
      fetched: (atMs) => (atMs < 10 * minuteMs ? { kind: 'unavailable' } : (after.shift() ?? succeeded)),
    });
    const outcome = run();
    await clock.advance(12 * minuteMs);
    expect(await outcome).toEqual({ kind: 'finished' });
    expect(after).toEqual([]);
    expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('an unknown submission whose id reached another instance is polled before it fails', async () => {
    const { clock, polls, run, link, read } = await startRunner({
      submitted: { kind: 'unknown' },
      fetched: () => succeeded,
    });
    const outcome = run();
    await clock.advance(2 * minuteMs);
    // The event was lost with the connection or process that should have sent it.
    await link('7');
    await clock.advance(10 * minuteMs);
    expect(await outcome).toEqual({ kind: 'finished' });
    expect(polls).toHaveLength(1);
    expect(await read()).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '7' });
  });
});

describe('a wall clock that steps', () => {
  const steps = [-365 * 24 * 60 * minuteMs, -60 * minuteMs, -5 * minuteMs, 11 * minuteMs, 24 * 60 * minuteMs];

  test.each(steps)('by %i ms, during a swap, neither finishes nor stalls it', async (step) => {
    const { clock, run, read } = await startRunner({
      submitted: atModelsLab,
      fetched: (atMs) => (atMs >= 5 * minuteMs ? succeeded : processing),
    });
    const outcome = run();
    await clock.advance(minuteMs);
    clock.step(step);
    await clock.advance(3 * minuteMs);
    expect(await read()).toMatchObject({ status: 'PROCESSING' });
    await clock.advance(2 * minuteMs);
    expect(await outcome).toEqual({ kind: 'finished' });
    expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
  });

  test.each(steps)('by %i ms does not fail an unresolved submission early', async (step) => {
    const { clock, run, complete, read } = await startRunner({ submitted: { kind: 'unknown' } });
    const outcome = run();
    await clock.advance(minuteMs / 2);
    clock.step(step);
    await clock.advance(8 * minuteMs);
    expect(await read()).toMatchObject({ status: 'PROCESSING' });
    await complete(succeeded);
    expect(await outcome).toEqual({ kind: 'finished' });
  });

  test.each(steps)('by %i ms, between two runs, lets no swap time out before it is polled', async (step) => {
    const { clock, run, abort, read, store } = await startRunner({
      submitted: atModelsLab,
      fetched: () => succeeded,
    });
    const pending = { ...(await read()), status: 'PROCESSING', modelsLabId: '1', submittedAt: clock.now() };
    await store.save(pending as Parameters<typeof store.save>[0]);
    clock.step(step);
    expect(await run()).toEqual({ kind: 'finished' });
    expect(abort.signal.aborted).toBe(false);
    expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
  });
});
