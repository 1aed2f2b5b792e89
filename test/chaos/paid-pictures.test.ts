import { expect, it } from 'vitest';
import type { AcceptedSubmission } from '../../sandbox/sandbox-jobs.ts';
import {
  failedSwap,
  finalSwap,
  otherSwapId,
  picture,
  startedAt,
  submission,
  swapId,
} from '../../testing/chaos-history.ts';
import type { FinalSwap } from './final-swap.ts';
import { discardedPictures, type PaidEvidence, type Repeat } from './paid-pictures.ts';
import { noTimeTroubles } from './time-troubles.ts';

const kept = { output: [picture] };
const recovered = finalSwap({ id: otherSwapId, recoveredFrom: swapId });
const repeat: Repeat = { original: swapId, answer: recovered };

function breaches(
  swap: FinalSwap | null,
  reports: AcceptedSubmission['reports'],
  more: Partial<PaidEvidence> = {},
): string[] {
  return discardedPictures({
    swaps: new Map([[swapId, swap]]),
    submissions: [submission({ reports })],
    repeats: [],
    deaths: [],
    unstoredMs: 1500,
    timeTroubles: noTimeTroubles,
    ...more,
  });
}

const at = (ms: number, by: 'submit' | 'fetch' | 'webhook' = 'webhook') => ({ by, at: startedAt + ms });

it.each<[string, string[]]>([
  ['a swap that succeeded with the picture', breaches(finalSwap(), [at(150)])],
  [
    'a link that came without a scheme',
    breaches(finalSwap({ output: [picture.replace('http:', 'https:')] }), [at(150)]),
  ],
  [
    'a picture that was never reported',
    breaches(failedSwap('SUBMISSION_UNKNOWN', { modelsLabId: null }), []),
  ],
  [
    'a picture that was polled in vain after the failure',
    breaches(failedSwap('TIMED_OUT'), [], { submissions: [submission({ lastFetchAt: startedAt + 11_000 })] }),
  ],
  [
    'a picture under an unknown path',
    breaches(failedSwap('TIMED_OUT'), [], { submissions: [submission({ isMoved: true })] }),
  ],
  [
    'a late picture that was kept and recovered',
    breaches(failedSwap('TIMED_OUT', { lateResult: kept }), [at(12_000)], { repeats: [repeat] }),
  ],
  [
    'a fetch that overlapped the failure, and was kept',
    breaches(failedSwap('TIMED_OUT', { lateResult: kept }), [at(9_000, 'fetch')], { repeats: [repeat] }),
  ],
  [
    'a response to a process that was killed at that moment',
    breaches(failedSwap('SUBMISSION_UNKNOWN', { modelsLabId: null }), [at(150, 'submit')], {
      deaths: [startedAt + 900],
    }),
  ],
  [
    'a fetch by an id known only from a webhook with another track_id',
    breaches(failedSwap('SUBMISSION_UNKNOWN', { modelsLabId: null }), [at(150, 'fetch')], {
      submissions: [submission({ reports: [at(150, 'fetch')], webhooksMisnamed: 1 })],
    }),
  ],
  [
    'a failed generation',
    breaches(failedSwap('REJECTED'), [], {
      submissions: [submission({ outcome: 'failed', output: [], message: 'No face' })],
    }),
  ],
  ['a swap that cannot be read, which another promise covers', breaches(null, [at(150)])],
])('accepts %s', (_what, found) => {
  expect(found).toEqual([]);
});

it.each<[string, string[], RegExp]>([
  [
    'a failure after an accepted webhook',
    breaches(failedSwap('UPSTREAM_FAILED'), [at(150)]),
    /reported by webhook 9850 ms before it finished/,
  ],
  [
    'a failure after a fetch that reported the picture',
    breaches(failedSwap('TIMED_OUT'), [at(150, 'fetch')]),
    /reported by fetch 9850 ms before/,
  ],
  [
    'a failure after a fetch by the known id, despite a webhook with another track_id',
    breaches(failedSwap('TIMED_OUT'), [], {
      submissions: [submission({ reports: [at(150, 'fetch')], webhooksMisnamed: 1 })],
    }),
    /reported by fetch 9850 ms before/,
  ],
  [
    'a failure after a submit response with the picture',
    breaches(failedSwap('SUBMISSION_UNKNOWN'), [at(150, 'submit')]),
    /reported by submit/,
  ],
  [
    'a picture that arrived in time but was kept as a late one',
    breaches(failedSwap('TIMED_OUT', { lateResult: kept }), [at(9_999)], { repeats: [repeat] }),
    /reported by webhook 1 ms before/,
  ],
  [
    'a late webhook that was accepted and discarded',
    breaches(failedSwap('TIMED_OUT'), [at(12_000)]),
    /has no late result, though its picture was reported by webhook/,
  ],
  [
    'a late fetch that was discarded',
    breaches(failedSwap('TIMED_OUT'), [at(12_000, 'fetch')]),
    /has no late result, though its picture was reported by fetch/,
  ],
  [
    "another swap's picture as a late result",
    breaches(failedSwap('TIMED_OUT', { lateResult: { output: ['http://other/1.jpg'] } }), [at(12_000)], {
      repeats: [{ original: swapId, answer: { ...recovered, output: ['http://other/1.jpg'] } }],
    }),
    /has another late result/,
  ],
  [
    'an accepted webhook, however soon the process was killed',
    breaches(failedSwap('TIMED_OUT'), [at(150)], { deaths: [startedAt + 200] }),
    /reported by webhook/,
  ],
  [
    'a response long before a kill',
    breaches(failedSwap('TIMED_OUT'), [at(150, 'fetch')], { deaths: [startedAt + 5_000] }),
    /reported by fetch/,
  ],
  [
    'a second report after a first one that died with its process',
    breaches(failedSwap('TIMED_OUT'), [at(150, 'submit'), at(4_000, 'fetch')], {
      deaths: [startedAt + 300],
    }),
    /reported by fetch 6000 ms before/,
  ],
  [
    'a picture that was not polled after the failure, though its id is known',
    breaches(failedSwap('TIMED_OUT'), [], { submissions: [submission({ lastFetchAt: startedAt + 9_000 })] }),
    /was not polled after that/,
  ],
  [
    'a late result whose request was not repeated',
    breaches(failedSwap('TIMED_OUT', { lateResult: kept }), [at(12_000)]),
    /was not repeated/,
  ],
])('finds %s', (_what, found, expected) => {
  expect(found).toEqual([expect.stringMatching(expected)]);
});

it.each<[string, FinalSwap | null, AcceptedSubmission[], RegExp]>([
  ['without a response', null, [], /got no response/],
  ['paid again', recovered, [submission({}, otherSwapId)], /was paid again/],
  ['not marked', { ...recovered, recoveredFrom: null }, [], /recovered from null/],
  ['given another picture', { ...recovered, output: ['http://other/1.jpg'] }, [], /without the picture/],
  ['still queued', { ...recovered, status: 'QUEUED', output: [] }, [], /is QUEUED, without the picture/],
])('finds a repetition that is %s', (_what, answer, more, expected) => {
  const late = failedSwap('TIMED_OUT', { lateResult: kept });
  const found = breaches(late, [], {
    submissions: [submission({ reports: [at(12_000)] }), ...more],
    repeats: [{ original: swapId, answer }],
  });
  expect(found).toEqual([expect.stringMatching(expected)]);
});
