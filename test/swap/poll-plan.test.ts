import { describe, expect, test } from 'vitest';
import {
  createDurationsByOperation,
  createLearnedDurations,
} from '../../src/swap/lifecycle/learned-durations.js';
import { nextPollAt, type PollPlan } from '../../src/swap/lifecycle/poll-plan.js';
import { images } from '../../testing/swap-client.js';

const seeds = [1, 2, 3, 4, 5];
const estimates: Record<string, (ms: number) => number | undefined> = {
  honest: (ms) => ms,
  half: (ms) => ms / 2,
  triple: (ms) => 3 * ms,
  '605 seconds': () => 605_000,
  missing: () => undefined,
};

function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 13), 3_266_489_917) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** Forty swaps of 2 to 6 s over five slots. Every call takes `latencyMs`. */
function simulate(seed: number, estimate: (ms: number) => number | undefined, webhooks = false) {
  const random = seeded(seed);
  const durations = Array.from({ length: 40 }, () => 2000 + 4000 * random());
  const learned = createLearnedDurations();
  const latencyMs = 15;
  const slots = Array.from({ length: 5 }, () => 0);
  const ideal = Array.from({ length: 5 }, () => 0);
  const counts: number[] = [];
  const completions: { at: number; ms: number; by: 'webhook' | 'poll' }[] = [];
  for (const duration of durations) {
    const slot = slots.indexOf(Math.min(...slots));
    const startedAt = slots[slot] ?? 0;
    for (const done of completions.filter(({ at }) => at <= startedAt)) learned.record(done.ms, done.by);
    completions.splice(0, completions.length, ...completions.filter(({ at }) => at > startedAt));
    const plan: PollPlan = {
      firstMs: 1000,
      maxIntervalMs: 30_000,
      range: learned.range(),
      etaMs: estimate(duration),
      webhooksArrive: learned.webhooksArrive(),
    };
    let polls = 0;
    let elapsed = 0;
    let last = 0;
    do {
      last = elapsed;
      elapsed = nextPollAt(elapsed, plan);
      if (webhooks && elapsed >= duration) break;
      polls += 1;
      elapsed += latencyMs;
    } while (elapsed < duration);
    const doneAt = startedAt + latencyMs + (webhooks ? duration : elapsed);
    completions.push({
      at: doneAt,
      ms: webhooks ? duration : (last + elapsed) / 2,
      by: webhooks ? 'webhook' : 'poll',
    });
    slots[slot] = doneAt;
    const idealSlot = ideal.indexOf(Math.min(...ideal));
    ideal[idealSlot] = (ideal[idealSlot] ?? 0) + duration;
    counts.push(polls);
  }
  return { throughput: Math.max(...ideal) / Math.max(...slots), mostPolls: Math.max(...counts) };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

describe.each(Object.entries(estimates))('with an estimate that is %s', (_name, estimate) => {
  test('forty swaps without webhooks take little longer than with known durations', () => {
    const runs = seeds.map((seed) => simulate(seed, estimate));
    expect(median(runs.map(({ throughput }) => throughput))).toBeGreaterThanOrEqual(0.88);
  });

  test('a swap of up to six seconds takes at most ten polls', () => {
    for (let seed = 1; seed <= 100; seed++)
      expect(simulate(seed, estimate).mostPolls).toBeLessThanOrEqual(10);
  });

  test('with webhooks there is almost no delay, and few polls', () => {
    const runs = seeds.map((seed) => simulate(seed, estimate, true));
    expect(median(runs.map(({ throughput }) => throughput))).toBeGreaterThanOrEqual(0.98);
  });
});

const plan: PollPlan = {
  firstMs: 1000,
  maxIntervalMs: 30_000,
  range: undefined,
  etaMs: 605_000,
  webhooksArrive: false,
};

function times(plan: PollPlan, untilMs: number): number[] {
  const times: number[] = [];
  for (let at = nextPollAt(0, plan); at <= untilMs; at = nextPollAt(at, plan)) times.push(at);
  return times;
}
const gaps = (times: number[]): number[] => times.map((at, index) => at - (times[index - 1] ?? 0));

test('the first poll comes after a second, and no two are more than ten seconds apart in two minutes', () => {
  for (const webhooksArrive of [false, true]) {
    const seen = times({ ...plan, webhooksArrive }, 120_000);
    expect(Math.max(...gaps(seen))).toBeLessThanOrEqual(10_000);
    if (!webhooksArrive) expect(seen[0]).toBe(1000);
  }
});

test('later the intervals grow to at most thirty seconds', () => {
  expect(Math.max(...gaps(times(plan, 3_600_000)))).toBe(30_000);
});

test('polls are spread evenly over the range in which recent results arrived', () => {
  const seen = times({ ...plan, range: { p10: 8000, p50: 10_000, p95: 13_000 } }, 13_000);
  expect(seen).toEqual([1000, 8000, 9000, 10_000, 11_000, 12_000, 13_000]);
});

test('while webhooks arrive, fewer polls are made', () => {
  const range = { p10: 2000, p50: 4000, p95: 6000 };
  const fast = times({ ...plan, range }, 60_000);
  const slow = times({ ...plan, range, webhooksArrive: true }, 60_000);
  expect(slow.length).toBeLessThan(fast.length / 2);
});

test('an estimate counts only if it is shorter than nearly all observed durations', () => {
  const range = { p10: 2000, p50: 4000, p95: 9000 };
  expect(times({ ...plan, range, etaMs: 2400 }, 9000)).toContain(2400);
  expect(times({ ...plan, range, etaMs: 20_000 }, 60_000)).not.toContain(20_000);
});

describe('learned durations', () => {
  test('are undefined until there are enough', () => {
    const learned = createLearnedDurations();
    expect(learned.range()).toBeUndefined();
    expect(learned.expect(605_000)).toBe(605_000);
    expect(learned.expect(undefined)).toBeUndefined();
  });

  test('follow the last fifty, so that they adapt to a change', () => {
    const learned = createLearnedDurations();
    for (let n = 0; n < 50; n++) learned.record(60_000, 'poll');
    for (let n = 1; n <= 50; n++) learned.record(n * 100, 'poll');
    expect(learned.range()).toEqual({ p10: 500, p50: 2500, p95: 4800 });
    expect(learned.expect(605_000)).toBe(2500);
    expect(learned.expect(3000)).toBe(3000);
  });

  test('notice when webhooks arrive, and when they stop', () => {
    const learned = createLearnedDurations();
    expect(learned.webhooksArrive()).toBe(false);
    for (let n = 0; n < 4; n++) learned.record(2000, 'webhook');
    expect(learned.webhooksArrive()).toBe(true);
    learned.record(2000, 'poll');
    expect(learned.webhooksArrive()).toBe(true);
    learned.record(2000, 'poll');
    expect(learned.webhooksArrive()).toBe(false);
  });

  test('are kept per operation; a request without one is a single face swap', () => {
    const learnedOf = createDurationsByOperation();
    const request = { ...images, watermark: true };
    for (let n = 0; n < 10; n++) learnedOf(request).record(2000, 'poll');
    expect(learnedOf({ ...request, operation: 'single' }).expect(undefined)).toBe(2000);
    expect(learnedOf({ ...request, operation: 'other' as never }).expect(undefined)).toBeUndefined();
  });
});
