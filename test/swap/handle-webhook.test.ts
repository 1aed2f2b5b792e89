import { describe, expect, test } from 'vitest';
import { failure } from '../../src/swap/failures.js';
import type { FetchOutcome, UpstreamReport } from '../../src/swap/ports.js';
import { settle } from '../../testing/manual-clock.js';
import { minuteMs, pictureAt, processing, startRunner } from '../../testing/start-runner.js';

const own = pictureAt('https://files.example.com/own.jpg');
const others = pictureAt('https://files.example.com/others.jpg');
const generic = failure('UPSTREAM_FAILED', 'Try Again');
const failed = (isFinal: boolean): UpstreamReport & { kind: 'failed' } => ({
  kind: 'failed',
  isFinal,
  error: generic,
});

/** A processing swap whose id is 5, or unknown, and whose track_id is 7. */
async function startSwap(
  isKnown: boolean,
  fetched: (modelsLabId: string) => FetchOutcome = () => processing,
) {
  const fetchedIds: string[] = [];
  const started = await startRunner(
    {
      submitted: isKnown ? { kind: 'processing', modelsLabId: '5' } : { kind: 'unknown' },
      fetched(_atMs, modelsLabId) {
        fetchedIds.push(modelsLabId);
        return fetched(modelsLabId);
      },
    },
    { request: { trackId: 7 } },
  );
  const running = started.run();
  await settle();
  expect(await started.read()).toMatchObject({ status: 'PROCESSING' });
  return { ...started, running, fetchedIds };
}

describe('with a known ModelsLab id', () => {
  test.each<[string, UpstreamReport]>([
    ['the known id', { ...own, modelsLabId: '5' }],
    ['the known id and track_id', { ...own, modelsLabId: '5', trackId: '7' }],
  ])('a success with %s is believed without a fetch', async (_name, report) => {
    const { complete, read, fetchedIds } = await startSwap(true);
    expect(await complete(report)).toBe('accepted');
    expect(await read()).toMatchObject({ status: 'SUCCEEDED', result: own.result });
    expect(fetchedIds).toEqual([]);
  });

  test.each<[string, UpstreamReport]>([
    ['another id', { ...others, modelsLabId: '6' }],
    ['another track_id', { ...others, modelsLabId: '5', trackId: '8' }],
    ['no id', others],
    ['no picture', { kind: 'succeeded', modelsLabId: '5', result: { output: [], proxyLinks: [] } }],
    ['nothing intelligible', { kind: 'unintelligible' }],
    ['an error that may be about the request', { ...failed(false), modelsLabId: '5' }],
    ['a failure of another id', { ...failed(true), modelsLabId: '6' }],
    ['a failure without an id', failed(true)],
  ])('a webhook with %s is confirmed by a fetch of the known id', async (_name, report) => {
    const { complete, read, fetchedIds } = await startSwap(true, () => ({ ...own, modelsLabId: '5' }));
    expect(await complete(report)).toBe('accepted');
    expect(fetchedIds).toEqual(['5']);
    expect(await read()).toMatchObject({ status: 'SUCCEEDED', result: own.result });
  });

  test.each<[string, FetchOutcome]>([
    ['names another id', { ...others, modelsLabId: '6' }],
    ['names another track_id', { ...others, trackId: '8' }],
    ['gets no response', { kind: 'unavailable' }],
    ['is unintelligible', { kind: 'unintelligible' }],
    ['has no picture', { kind: 'succeeded', result: { output: [], proxyLinks: [] } }],
    ['is an error that may be about the request', failed(false)],
  ])(
    'a fetch that %s confirms nothing, and the swap is polled at once and continues to be',
    async (_name, response) => {
      let isHonest = false;
      const { complete, read, fetchedIds, clock, running } = await startSwap(true, () =>
        isHonest ? { ...own, modelsLabId: '5' } : response,
      );
      await clock.advance(40_000);
      const before = fetchedIds.length;
      expect(await complete({ ...others, modelsLabId: '6' })).toBe('unconfirmed');
      await settle();
      expect(fetchedIds.length).toBe(before + 2);
      expect(await read()).toMatchObject({ status: 'PROCESSING' });
      isHonest = true;
      await clock.advance(1000);
      expect(await running).toEqual({ kind: 'finished' });
      expect(await read()).toMatchObject({ status: 'SUCCEEDED', result: own.result });
    },
  );
});

describe('with an unknown ModelsLab id', () => {
  test('the token suffices as proof of a success, with or without an id', async () => {
    for (const report of [own, { ...own, modelsLabId: '9' }, { ...own, trackId: '7' }]) {
      const { complete, read, fetchedIds } = await startSwap(false);
      expect(await complete(report)).toBe('accepted');
      expect(await read()).toMatchObject({ status: 'SUCCEEDED', result: own.result });
      expect(fetchedIds).toEqual([]);
    }
  });

  test('the token suffices as proof of a failure of this swap', async () => {
    const { complete, read } = await startSwap(false);
    expect(await complete(failed(true))).toBe('accepted');
    expect(await read()).toMatchObject({ status: 'FAILED', error: generic });
  });

  test('an error that may be about the request does not finish the swap', async () => {
    const { complete, read, clock, running } = await startSwap(false);
    expect(await complete(failed(false))).toBe('unconfirmed');
    expect(await read()).toMatchObject({ status: 'PROCESSING' });
    expect(await complete(own)).toBe('accepted');
    await clock.advance(1);
    expect(await running).toEqual({ kind: 'finished' });
  });

  test('a picture with another track_id is not shown unless a fetch proves that it belongs to this swap', async () => {
    for (const [response, status] of [
      [others, 'PROCESSING'],
      [{ ...others, trackId: '8' }, 'PROCESSING'],
      [{ ...own, trackId: '7' }, 'SUCCEEDED'],
    ] as const) {
      const { complete, read } = await startSwap(false, () => response);
      await complete({ ...others, modelsLabId: '9', trackId: '8' });
      expect(await read()).toMatchObject({ status });
    }
  });

  test('an id that belongs to another swap is never believed', async () => {
    const { complete, read, swapIndex, addSwap, fetchedIds, clock } = await startSwap(false, () => others);
    const other = await addSwap({ trackId: 99 });
    await swapIndex.link(other.id, '9');
    expect(await complete({ ...others, modelsLabId: '9' })).toBe('unconfirmed');
    expect(fetchedIds).toEqual([]);
    await clock.advance(minuteMs);
    expect(fetchedIds).toEqual([]);
    expect(await read()).toMatchObject({ status: 'PROCESSING' });
  });

  test('an id that comes with another track_id is not polled, since its picture may belong to another swap', async () => {
    let response: FetchOutcome = { kind: 'unavailable' };
    const { complete, read, clock, fetchedIds } = await startSwap(false, () => response);
    expect(await complete({ ...others, modelsLabId: '9', trackId: '8' })).toBe('unconfirmed');
    expect(fetchedIds).toEqual(['9']);
    response = others;
    await clock.advance(minuteMs);
    expect(fetchedIds).toEqual(['9']);
    expect(await read()).toMatchObject({ status: 'PROCESSING' });
    expect(await read()).not.toHaveProperty('modelsLabId');
  });

  test('an id from an unconfirmed webhook is polled', async () => {
    let isReady = false;
    const { complete, read, clock, running, fetchedIds } = await startSwap(false, () =>
      isReady ? own : { kind: 'unavailable' },
    );
    expect(await complete({ ...failed(false), modelsLabId: '9' })).toBe('unconfirmed');
    isReady = true;
    await clock.advance(2000);
    expect(fetchedIds).toContain('9');
    expect(await running).toEqual({ kind: 'finished' });
    expect(await read()).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '9' });
  });
});

test('a webhook alone neither finishes a swap that was certainly not submitted, nor sets its id', async () => {
  const fetchedIds: string[] = [];
  const { complete, read, swapIndex, swap } = await startRunner({
    submitted: { kind: 'unknown' },
    fetched(_atMs, modelsLabId) {
      fetchedIds.push(modelsLabId);
      return { kind: 'unavailable' };
    },
  });
  for (const report of [own, failed(true), { ...own, modelsLabId: '9' }])
    expect(await complete(report)).toBe('unconfirmed');
  expect(fetchedIds).toEqual(['9']);
  expect(await read()).toEqual(swap);
  expect(await swapIndex.modelsLabIdOf(swap.id)).toBeUndefined();
});

test('however many webhooks request a poll, there is at most one per interval in addition to the confirmations', async () => {
  const { complete, clock, fetchedIds } = await startSwap(true, () => ({ kind: 'unavailable' }));
  await clock.advance(2 * minuteMs);
  const before = fetchedIds.length;
  for (let n = 0; n < 20; n++) await complete({ kind: 'unintelligible' });
  await clock.advance(900);
  expect(fetchedIds.length - before).toBeLessThanOrEqual(21);
});
