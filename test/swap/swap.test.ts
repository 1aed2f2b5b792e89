import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failure } from '../../src/swap/failures.js';
import {
  applyTransition,
  isEnded,
  queuedSwap,
  type Swap,
  type SwapTransition,
  supersedes,
} from '../../src/swap/swap.js';
import { images } from '../../testing/swap-client.js';

const ttlMs = 1000;
const start = (): Swap => queuedSwap('id', 'ann', { ...images, watermark: true }, 0);
const result = { output: ['https://files.example.com/1.jpg'], proxyLinks: [] };

const anyEvent: fc.Arbitrary<SwapTransition> = fc.oneof(
  fc.constantFrom<SwapTransition>(
    { type: 'submitting' },
    { type: 'not-accepted' },
    { type: 'outcome-unknown' },
    { type: 'canceled' },
    { type: 'expired' },
    { type: 'succeeded', result },
    { type: 'failed', error: failure('TIMED_OUT', 'too late') },
  ),
  fc.record({
    type: fc.constant('accepted' as const),
    modelsLabId: fc.constantFrom('1', '2'),
    etaMs: fc.nat(100),
  }),
);
const manyEvents = fc.array(anyEvent, { maxLength: 30 });

const play = (swap: Swap, events: SwapTransition[]): Swap[] => {
  const states = [swap];
  for (const [step, event] of events.entries())
    states.push(applyTransition(states.at(-1) ?? swap, event, step + 1, ttlMs));
  return states;
};

describe('any sequence of transitions', () => {
  test('finishes a swap at most once, and nothing changes it afterwards', () => {
    fc.assert(
      fc.property(manyEvents, (events) => {
        const states = play(start(), events);
        const firstEnd = states.findIndex(isEnded);
        if (firstEnd !== -1) expect(new Set(states.slice(firstEnd)).size).toBe(1);
      }),
    );
  });

  test('has no effect on a finished swap', () => {
    fc.assert(
      fc.property(manyEvents, (events) => {
        const last = play(start(), [...events, { type: 'failed', error: failure('TIMED_OUT', 'over') }]).at(
          -1,
        ) as Swap;
        expect(play(last, events).at(-1)).toBe(last);
      }),
    );
  });

  test("never moves a swap from PROCESSING back to QUEUED, and keeps ModelsLab's first id", () => {
    fc.assert(
      fc.property(manyEvents, (events) => {
        let last = start();
        for (const state of play(start(), events)) {
          if (last.status === 'PROCESSING') expect(state.status).not.toBe('QUEUED');
          if (last.modelsLabId !== undefined) expect(state.modelsLabId).toBe(last.modelsLabId);
          last = state;
        }
      }),
    );
  });

  test('cancels or expires a swap only while it is certain that ModelsLab does not have it', () => {
    fc.assert(
      fc.property(
        manyEvents,
        fc.constantFrom<SwapTransition>({ type: 'canceled' }, { type: 'expired' }),
        (events, event) => {
          const before = play(start(), events).at(-1) as Swap;
          const isSafe = before.status === 'QUEUED' && before.submittingSince === undefined;
          expect(applyTransition(before, event, 99, ttlMs) !== before).toBe(isSafe);
        },
      ),
    );
  });

  test('never appears to go backwards, even to a subscriber that gets events out of order', () => {
    fc.assert(
      fc.property(manyEvents, fc.infiniteStream(fc.nat()), (events, order) => {
        const shuffled = play(start(), events)
          .map((state) => ({ state, at: order.next().value }))
          .sort((a, b) => a.at - b.at);
        let shown = start();
        const rank = { QUEUED: 0, PROCESSING: 1, SUCCEEDED: 2, FAILED: 2, CANCELED: 2, EXPIRED: 2 };
        for (const { state } of shuffled) {
          if (!supersedes(state, shown)) continue;
          expect(rank[state.status]).toBeGreaterThanOrEqual(rank[shown.status]);
          shown = state;
        }
      }),
    );
  });
});
