import { describe, expect, test } from 'vitest';
import { type CallResult, fetchOutcome, isOutage, submitOutcome } from '../../src/modelslab/call-policy.js';
import { readModelsLabBody } from '../../src/modelslab/modelslab-wire.js';

const answer = (httpStatus: number, json: unknown): CallResult => ({
  kind: 'answer',
  httpStatus,
  isJson: json !== undefined,
  body: readModelsLabBody(json),
});
const error = (message: string, more: object = {}): object => ({ status: 'error', message, ...more });
const success = { status: 'success', id: 5, output: ['https://files.example.com/5.jpg'] };

describe('a submission', () => {
  test.each<[string, CallResult]>([
    ['never connected', { kind: 'no-answer', wasSent: false }],
    ['429', answer(429, error('Rate limit exceeded.'))],
    ['429 without a readable body', answer(429, undefined)],
    [
      '200 with the words of a 429',
      answer(200, error('Rate limit exceeded. Maximum 5 queued requests allowed.')),
    ],
  ])('may be sent again after: %s', (_name, call) => {
    expect(submitOutcome(call)).toMatchObject({ kind: 'not-accepted' });
  });

  test.each<[string, CallResult]>([
    ['no answer after it was written', { kind: 'no-answer', wasSent: true }],
    ['500', answer(500, error('internal error'))],
    ['502 with HTML', answer(502, undefined)],
    ['503 with the words of a 429', answer(503, error('Rate limit exceeded.'))],
    ['408', answer(408, error('timeout'))],
    ['200 with an unreadable body', answer(200, undefined)],
    ['a success without an id', answer(200, { ...success, id: undefined, output: [] })],
    ['processing without an id', answer(200, { status: 'processing' })],
  ])('is never sent again, and waits for a webhook, after: %s', (_name, call) => {
    expect(submitOutcome(call)).toEqual({ kind: 'unknown' });
  });

  test.each<[string, CallResult, string, boolean]>([
    [
      'an image that cannot be fetched',
      answer(400, error('Unable to fetch image from provided URL')),
      'IMAGE_UNREADABLE',
      true,
    ],
    [
      'the same with HTTP 200',
      answer(200, error('Unable to fetch image from provided URL')),
      'IMAGE_UNREADABLE',
      true,
    ],
    [
      'no face',
      answer(200, { status: 'failed', messege: 'No face detected in target image' }),
      'NO_FACE_FOUND',
      true,
    ],
    ['another bad parameter', answer(400, error('The track_id field must be an integer.')), 'REJECTED', true],
    [
      'messages as an object',
      answer(422, { status: 'error', message: { webhook: ['must be https'] } }),
      'REJECTED',
      true,
    ],
    ['a wrong key', answer(401, error('Invalid API key')), 'UPSTREAM_ACCOUNT', false],
    ['a wrong key with HTTP 200', answer(200, error('Invalid API key')), 'UPSTREAM_ACCOUNT', false],
    [
      'no credits',
      answer(402, error('Insufficient credits. Top up your wallet.')),
      'UPSTREAM_ACCOUNT',
      false,
    ],
    [
      'the plan',
      answer(403, error('This feature requires a premium subscription')),
      'UPSTREAM_ACCOUNT',
      false,
    ],
    ['a forbidding proxy', answer(403, undefined), 'UPSTREAM_ACCOUNT', false],
    ['words of no known kind', answer(200, error('Something odd')), 'UPSTREAM_FAILED', false],
    ['a wrong address', answer(404, undefined), 'UPSTREAM_FAILED', false],
    ['a body of no known kind', answer(200, { hello: 'world' }), 'UPSTREAM_FAILED', false],
    ['a list', answer(200, []), 'UPSTREAM_FAILED', false],
  ])('fails for: %s', (_name, call, code, isShown) => {
    const outcome = submitOutcome(call);
    expect(outcome).toMatchObject({ kind: 'failed', error: { code } });
    const message = (call as { json?: { message?: string } }).json?.message;
    if (outcome.kind === 'failed' && typeof message === 'string') {
      expect(outcome.error.message.includes(message)).toBe(isShown);
    }
  });

  test('waits as long as a 429 says, but no more than a minute', () => {
    const outcomes = [
      { retry_after: 7 },
      { retry_after: '3' },
      { retry_after: 86_400 },
      { retry_after: -5 },
      {},
    ].map((more) => submitOutcome(answer(429, error('Rate limit exceeded.', more))));
    expect(outcomes.map((outcome) => 'retryAfterMs' in outcome && outcome.retryAfterMs)).toEqual([
      7000, 3000, 60_000, 0, 5000,
    ]);
  });

  test('takes both dialects of a success, and of what is under way', () => {
    expect(submitOutcome(answer(200, { ...success, id: '5' }))).toEqual(submitOutcome(answer(201, success)));
    expect(submitOutcome(answer(200, { status: 'processing', id: '5', eta: '2.5' }))).toEqual({
      kind: 'processing',
      modelsLabId: '5',
      etaMs: 2500,
    });
    expect(submitOutcome(answer(200, { status: 'processing', id: 5, eta: 'soon' }))).toEqual({
      kind: 'processing',
      modelsLabId: '5',
    });
  });

  test('keeps a paid result whose frills cannot be read', () => {
    const odd = {
      ...success,
      generationTime: 'fast',
      proxy_links: 'none',
      meta: { seed: 1.5, temp: 'maybe', watermark: 'no' },
    };
    expect(submitOutcome(answer(200, odd))).toEqual({
      kind: 'succeeded',
      modelsLabId: '5',
      result: { output: success.output, proxyLinks: [], meta: { watermark: false } },
    });
  });
});

describe('an answer of the fetch endpoint', () => {
  test.each<[string, CallResult, string]>([
    ['a success', answer(200, success), 'succeeded'],
    ['a success without pictures', answer(200, { ...success, output: [] }), 'unintelligible'],
    [
      'a success with a hundred thousand pictures',
      answer(200, { ...success, output: Array(1e5).fill('https://a.example/') }),
      'unintelligible',
    ],
    [
      'a success with a picture that is no web address',
      answer(200, { ...success, output: ['javascript:alert(1)'] }),
      'unintelligible',
    ],
    ['processing', answer(200, { status: 'processing', id: 5 }), 'processing'],
    ['failed', answer(200, { status: 'failed', id: 5, message: 'x' }), 'failed'],
    ['error with HTTP 400', answer(400, error('generation failed')), 'failed'],
    ['5xx, whatever it says', answer(500, success), 'unavailable'],
    ['no answer', { kind: 'no-answer', wasSent: true }, 'unavailable'],
    ['an unreadable body', answer(200, undefined), 'unavailable'],
    ['401', answer(401, error('Invalid API key')), 'unavailable'],
    ['429', answer(429, error('Rate limit exceeded.')), 'unavailable'],
    ['the words of a 401 with HTTP 200', answer(200, error('Invalid API key')), 'unavailable'],
    ['JSON of no known kind', answer(200, { hello: 'world' }), 'unintelligible'],
  ])('%s: %s', (_name, call, kind) => {
    expect(fetchOutcome(call).kind).toBe(kind);
  });
});

test('only no answer and 5xx are signs of an outage', () => {
  expect([answer(500, undefined), { kind: 'no-answer', wasSent: true } as const].every(isOutage)).toBe(true);
  expect([answer(200, undefined), answer(400, undefined), answer(429, undefined)].some(isOutage)).toBe(false);
});
