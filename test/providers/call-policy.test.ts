import { describe, expect, test } from 'vitest';
import {
  type CallResult,
  fetchOutcome,
  isOutage,
  needsConfirmation,
  submitOutcome,
  webhookReport,
} from '../../src/providers/modelslab/call-policy.js';
import { readModelsLabBody } from '../../src/providers/modelslab/wire.js';
import type { PauseScope } from '../../src/swap/ports.js';

const baseUrl = 'https://modelslab.com/api/v6/faceswap';
const noAnswer = (wasSent: boolean): CallResult => ({ kind: 'no-answer', wasSent });
const answer = (httpStatus: number, json?: unknown, more: object = {}): CallResult => ({
  kind: 'answer',
  httpStatus,
  body: readModelsLabBody(json),
  ...more,
});
const error = (message: unknown, more: object = {}): object => ({ status: 'error', message, ...more });
const picture = 'https://files.example.com/5.jpg';
const success = { status: 'success', id: 5, output: [picture] };
const cdn = { hasCdnHeaders: true };

describe('a submission', () => {
  test.each<[string, CallResult, PauseScope]>([
    ['never connected', noAnswer(false), 'instance'],
    ['429', answer(429, error('Rate limit exceeded.')), 'account'],
    ['429 without a readable body', answer(429), 'account'],
    ['429 with another message', answer(429, error('Try Again')), 'account'],
    ['200 with the message of a 429', answer(200, error('Maximum 5 queued requests allowed.')), 'account'],
    ['200, the queue is full', answer(200, error('The queue is full')), 'account'],
    ['200, too many requests at a time', answer(200, error('Only 5 requests at a time')), 'account'],
    ['200, a message without a status', answer(200, { message: 'Too many requests' }), 'account'],
    ['403 with the message of a 429', answer(403, error('Rate limit exceeded')), 'account'],
    ['402', answer(402, error('Insufficient credits. Please add more credits to continue.')), 'credits'],
    ['402 with another message', answer(402, error('Unable to continue')), 'credits'],
    ['402 without words', answer(402, error('')), 'credits'],
    ['402 without a readable body', answer(402), 'credits'],
    ['402 with the message of a 429', answer(402, error('Rate limit exceeded')), 'account'],
    ['200, out of credits', answer(200, error("You don't have enough credits")), 'credits'],
    ['200, failed', answer(200, { status: 'failed', messege: 'Your balance is insufficient' }), 'credits'],
    ['200, out of credits without a status', answer(200, { error: 'Not enough credits' }), 'credits'],
    ['400, out of credits', answer(400, error('Please recharge your wallet to continue.')), 'credits'],
    ['403, out of credits', answer(403, error('Your wallet is empty')), 'credits'],
    ...[521, 523, 525, 526, 530].map((status): [string, CallResult, 'instance'] => [
      `${status} from the CDN`,
      answer(status, undefined, cdn),
      'instance',
    ]),
  ])('may be retried after: %s', (_name, call, pauses) => {
    expect(submitOutcome(call, baseUrl)).toMatchObject({ kind: 'not-accepted', pauses });
  });

  test.each<[string, CallResult]>([
    ['no response after it was written', noAnswer(true)],
    ['500', answer(500, error('internal error'))],
    ['the message of a 500 under HTTP 200', answer(200, error('Internal server error.'))],
    ['a timeout inside ModelsLab', answer(200, error('cURL error 28: Operation timed out'))],
    ['502 with HTML', answer(502)],
    ['503 with the message of a 429', answer(503, error('Rate limit exceeded.'))],
    ['408', answer(408, error('timeout'))],
    ['200 with an unreadable body', answer(200)],
    ['200 with a list', answer(200, [])],
    ['200 with null', answer(200, null)],
    ['200 with an empty object', answer(200, {})],
    ['200 with unknown JSON', answer(200, { hello: 'world' })],
    ['an unknown status without an id', answer(200, { status: 'teleporting' })],
    ['a success without an id and pictures', answer(200, { ...success, id: undefined, output: [] })],
    ['processing without an id', answer(200, { status: 'processing' })],
    ['an error with pictures but without an id', answer(200, error('x', { output: [picture] }))],
    ['a timeout of the CDN', answer(522, undefined, cdn)],
    ['520 and 524 from the CDN', answer(524, undefined, cdn)],
    ['521 without evidence of the CDN', answer(521)],
    ['see other', answer(303)],
  ])('is never retried, and waits for a webhook, after: %s', (_name, call) => {
    expect(submitOutcome(call, baseUrl)).toEqual({ kind: 'unknown' });
  });

  test.each<[string, CallResult]>([
    ['queued', answer(200, { status: 'queued', id: '5' })],
    ['in_queue', answer(200, { status: 'in_queue', id: '5' })],
    ['a status in odd case with whitespace', answer(200, { status: ' Processing ', id: 5 })],
    ['an unknown status', answer(200, { status: 'teleporting', id: 5 })],
    ['no status', answer(200, { id: 5 })],
    ['a success without pictures', answer(200, { ...success, output: [] })],
    ['a success with HTTP 500', answer(500, success)],
    ['a success with HTTP 404', answer(404, success)],
    ['processing with HTTP 503', answer(503, { status: 'processing', id: 5 })],
    ['processing with HTTP 429', answer(429, { status: 'processing', id: 5 })],
    ['521 from the CDN around a response of ModelsLab', answer(521, { status: 'processing', id: 5 }, cdn)],
    ['an error with pictures', answer(200, error('x', { id: 5, output: [picture] }))],
    ['an error with an id that asks to retry', answer(200, error('Try Again', { id: 5 }))],
    ['a full queue, but with an id', answer(200, error('queue is full', { id: 5 }))],
    ['an error with an id and no message', answer(200, error('', { id: 5 }))],
    ['an envelope', answer(200, { data: { status: 'processing', id: 5 } })],
    ['a list', answer(200, [{ status: 'processing', id: 5 }])],
  ])('is polled after: %s', (_name, call) => {
    expect(submitOutcome(call, baseUrl)).toEqual({ kind: 'processing', modelsLabId: '5' });
  });

  test.each<[string, CallResult]>([
    ['a plain success', answer(200, success)],
    ['a synonym of success', answer(200, { ...success, status: 'Completed' })],
    ['without an id', answer(200, { ...success, id: undefined })],
    ['without an id, with HTTP 500', answer(500, { ...success, id: null })],
  ])('has succeeded: %s', (_name, call) => {
    expect(submitOutcome(call, baseUrl)).toMatchObject({
      kind: 'succeeded',
      result: { output: [picture] },
    });
  });

  test.each<[string, CallResult, string]>([
    ['an image that cannot be fetched', answer(400, error('Unable to fetch image')), 'IMAGE_UNREADABLE'],
    ['the same with HTTP 200', answer(200, error('Unable to download init_image')), 'IMAGE_UNREADABLE'],
    ['the same with HTTP 500', answer(500, error('Unable to download init_image')), 'IMAGE_UNREADABLE'],
    ['no face', answer(200, { status: 'failed', messege: 'No face detected' }), 'NO_FACE_FOUND'],
    ['another bad parameter', answer(400, error('The track_id field must be an integer.')), 'REJECTED'],
    ['a 400 with an unknown message', answer(400, error('Nope')), 'REJECTED'],
    ['messages as an object', answer(422, error({ webhook: ['must be https'] })), 'REJECTED'],
    [
      'the errors of a 422 without a status',
      answer(422, { message: 'The given data was invalid.', errors: { init_image: ['is required'] } }),
      'REJECTED',
    ],
    ['a wrong key', answer(401, error('Invalid API key')), 'UPSTREAM_ACCOUNT'],
    ['a wrong key with HTTP 200', answer(200, error('Invalid API key')), 'UPSTREAM_ACCOUNT'],
    [
      'no credits, but with an id',
      answer(402, error('Insufficient credits.', { id: 5 })),
      'UPSTREAM_ACCOUNT',
    ],
    ['no credits with HTTP 500', answer(500, error('Insufficient credits.')), 'UPSTREAM_ACCOUNT'],
    ['no credits with a timeout', answer(408, error('Insufficient credits.')), 'UPSTREAM_ACCOUNT'],
    ['the plan', answer(403, error('This feature requires a premium subscription')), 'UPSTREAM_ACCOUNT'],
    ['a content filter', answer(403, error('NSFW content detected')), 'REJECTED'],
    ['a proxy that responds with 403', answer(403), 'UPSTREAM_ACCOUNT'],
    ['another try', answer(200, error('Try Again')), 'UPSTREAM_BUSY'],
    ['a request to retry with HTTP 503', answer(503, error('Model is loading')), 'UPSTREAM_BUSY'],
    ['an unknown message', answer(200, error('Something odd')), 'UPSTREAM_FAILED'],
    ['no words', answer(200, error('')), 'UPSTREAM_FAILED'],
    ['a failure with an id', answer(200, { status: 'failed', id: 5 }), 'UPSTREAM_FAILED'],
    ['a wrong URL', answer(404), 'UPSTREAM_FAILED'],
    ['a redirect', answer(301), 'UPSTREAM_FAILED'],
  ])('fails for: %s', (_name, call, code) => {
    expect(submitOutcome(call, baseUrl)).toMatchObject({ kind: 'failed', error: { code } });
  });

  test.each<[string, CallResult, number | undefined]>([
    ['the body', answer(429, error('', { retry_after: 7 })), 7000],
    ['the body, as text', answer(429, error('', { retry_after: '3' })), 3000],
    ['the body, with a unit', answer(429, error('', { retry_after: '2 minutes' })), 120_000],
    ['the header', answer(429, undefined, { retryAfterMs: 9000 }), 9000],
    ['both: the longer one', answer(429, error('', { retry_after: 7 }), { retryAfterMs: 9000 }), 9000],
    ['the words', answer(200, error('Rate limit, try again in 40 seconds')), 40_000],
    ['a day, capped at ten minutes', answer(429, error('', { retry_after: 86_400 })), 600_000],
    ['a time in the past', answer(429, error('', { retry_after: -5 })), 0],
    ['nothing', answer(429, error('')), undefined],
  ])('requests a pause by %s', (_name, call, requestedMs) => {
    expect(submitOutcome(call, baseUrl)).toEqual({ kind: 'not-accepted', requestedMs, pauses: 'account' });
  });

  test.each<[string, string | undefined]>([
    ['https://modelslab.com/api/v6/deepfake/fetch/5', '/api/v6/deepfake/fetch/5'],
    ['https://modelslab.com/api/v6/images/fetch/5?x=1', '/api/v6/images/fetch/5?x=1'],
    ['https:\\/\\/modelslab.com\\/other\\/5', '/other/5'],
    ['https://modelslab.com/api/v6/faceswap/fetch/5', undefined],
    ['https://evil.example/api/v6/deepfake/fetch/5', undefined],
    ['http://modelslab.com/api/v6/deepfake/fetch/5', undefined],
    ['https://modelslab.com:8443/fetch/5', undefined],
    ['https://modelslab.com@evil.example/fetch/5', undefined],
    ['/fetch/5', '/fetch/5'],
    ['/api/v6/deepfake/fetch/5', '/api/v6/deepfake/fetch/5'],
    ['/api/v6/faceswap/fetch/5', undefined],
    ['fetch/5', undefined],
    ['/\\evil.example/fetch/5', undefined],
  ])('uses a different fetch path, on the same origin only: %s', (fetchResult, fetchPath) => {
    const call = answer(200, { status: 'processing', id: 5, fetch_result: fetchResult });
    expect(submitOutcome(call, baseUrl)).toEqual({
      kind: 'processing',
      modelsLabId: '5',
      ...(fetchPath !== undefined && { fetchPath }),
    });
  });

  test('takes the id from the fetch URL if it is nowhere else', () => {
    const call = answer(200, { status: 'processing', fetch_result: `${baseUrl}/fetch/77` });
    expect(submitOutcome(call, baseUrl)).toEqual({ kind: 'processing', modelsLabId: '77' });
  });
});

describe('a response of the fetch endpoint', () => {
  const own = { id: 5 };
  test.each<[string, CallResult, object]>([
    ['a success', answer(200, success), { kind: 'succeeded' }],
    ['a success without pictures', answer(200, { ...success, output: [] }), { kind: 'processing' }],
    [
      'a success with a picture that is not a URL',
      answer(200, { ...success, output: ['javascript:alert(1)'] }),
      { kind: 'processing' },
    ],
    ['processing', answer(200, { status: 'processing', ...own }), { kind: 'processing' }],
    ['the real body of one', answer(200, { status: 'processing', output: '' }), { kind: 'processing' }],
    ['an unknown status with an id', answer(200, { status: 'x', ...own }), { kind: 'processing' }],
    ['failed', answer(200, { status: 'failed', ...own }), { kind: 'failed', isFinal: true }],
    ['failed, without an id', answer(200, { status: 'failed' }), { kind: 'failed', isFinal: false }],
    ['failed, with another id', answer(200, { status: 'failed', id: 6 }), { kind: 'failed', isFinal: false }],
    [
      'an error about the input',
      answer(200, error('No face detected')),
      { kind: 'failed', isFinal: true, error: { code: 'NO_FACE_FOUND' } },
    ],
    [
      'an error about the input with HTTP 400',
      answer(400, error('No face detected')),
      { kind: 'failed', isFinal: true },
    ],
    [
      'an error about this generation',
      answer(200, error('Generation failed', own)),
      { kind: 'failed', isFinal: true },
    ],
    ...['Request not found', 'cURL error 28: timed out', 'Server Error', '', 'Something odd'].map(
      (message): [string, CallResult, object] => [
        `an error that says "${message}"`,
        answer(200, error(message)),
        { kind: 'failed', isFinal: false, error: { code: 'UPSTREAM_FAILED' } },
      ],
    ),
    [
      'an error that asks to retry',
      answer(200, error('Try Again')),
      { kind: 'failed', isFinal: false, error: { code: 'UPSTREAM_BUSY' } },
    ],
    ...[
      'Image not ready yet',
      'Your request is still processing, try again later',
      'The image is being generated in background',
    ].map((message): [string, CallResult, object] => [
      `an error that says "${message}"`,
      answer(200, error(message)),
      { kind: 'processing' },
    ]),
    [
      'an error that may be about the result',
      answer(200, error('Image not found')),
      { kind: 'failed', isFinal: false },
    ],
    [
      'an error about the input, not found, of this swap',
      answer(200, error('Image not found', own)),
      { kind: 'failed', isFinal: true },
    ],
    [
      'an error about the poll itself',
      answer(200, error('id is required')),
      { isFinal: false, error: { code: 'UPSTREAM_FAILED' } },
    ],
    ['400 with a message that is not about the input', answer(400, error('oops')), { kind: 'unavailable' }],
    ['404', answer(404, error('Request not found')), { kind: 'unavailable' }],
    ['5xx with any body', answer(500, success), { kind: 'unavailable' }],
    ['no answer', noAnswer(true), { kind: 'unavailable' }],
    ['an unreadable body', answer(200), { kind: 'unavailable' }],
    ['an empty object', answer(200, {}), { kind: 'unavailable' }],
    ['null', answer(200, null), { kind: 'unavailable' }],
    ['unknown JSON', answer(200, { hello: 'world' }), { kind: 'unavailable' }],
    ['401', answer(401, error('Invalid API key')), { kind: 'unavailable' }],
    ['429', answer(429, error('Rate limit exceeded.')), { kind: 'unavailable' }],
    ['the message of a 401', answer(200, error('Invalid API key')), { kind: 'unavailable' }],
    ['a redirect', answer(302), { kind: 'unavailable' }],
  ])('%s', (_name, call, outcome) => {
    expect(fetchOutcome(call, '5')).toMatchObject(outcome);
  });

  test('pictures along with an error are polled again, and accepted if that is a success', () => {
    for (const call of [answer(500, success), answer(200, error('x', { output: [picture] }))]) {
      expect(needsConfirmation(call)).toBe(true);
      expect(fetchOutcome(call, '5')).toEqual({ kind: 'unavailable' });
    }
    expect(needsConfirmation(answer(200, success))).toBe(false);
    expect(fetchOutcome(answer(500, success), '5', true)).toMatchObject({ kind: 'succeeded' });
    expect(fetchOutcome(answer(200, error('x', { output: [picture] })), '5', true)).toMatchObject({
      kind: 'failed',
      isFinal: false,
    });
  });

  test('reports id and track_id as text', () => {
    expect(fetchOutcome(answer(200, { ...success, id: 'abc-1', track_id: 23_220 }), '5')).toMatchObject({
      modelsLabId: 'abc-1',
      trackId: '23220',
    });
  });
});

describe('a webhook', () => {
  test.each<[string, unknown, object]>([
    ['a success', success, { kind: 'succeeded', result: { output: [picture] } }],
    [
      'a success without pictures',
      { status: 'success', id: 5 },
      { kind: 'succeeded', result: { output: [] } },
    ],
    ['pictures along with an error', error('x', success), { kind: 'succeeded' }],
    ['failed', { status: 'failed', id: 5 }, { kind: 'failed', isFinal: true }],
    ['an error about this swap', error('GPU exploded', { id: 5 }), { kind: 'failed', isFinal: true }],
    ['an error about the input', error('No face found'), { kind: 'failed', isFinal: true }],
    ['a generic error', error('Server Error', { id: 5 }), { kind: 'failed', isFinal: false }],
    ['an error without a message', error('', { id: 5 }), { kind: 'failed', isFinal: false }],
    ['an id and nothing else', { id: 5 }, { kind: 'processing', modelsLabId: '5' }],
    ['nothing', {}, { kind: 'unintelligible' }],
  ])('%s', (_name, json, report) => {
    expect(webhookReport(readModelsLabBody(json))).toMatchObject(report);
  });
  test('pictures along with an error are not in the report', () => {
    const report = webhookReport(readModelsLabBody({ ...success, status: 'error' }));
    expect(report).toMatchObject({ kind: 'succeeded', result: { output: [] } });
  });
});

test('no response, 5xx and a CDN that did not reach ModelsLab indicate an outage', () => {
  expect([answer(500), answer(521, undefined, cdn), noAnswer(true)].every(isOutage)).toBe(true);
  expect([answer(200), answer(400), answer(429), answer(500, success), answer(301)].some(isOutage)).toBe(
    false,
  );
});
