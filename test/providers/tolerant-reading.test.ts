import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactUrls } from '../../src/lib/redact-urls.js';
import { fetchOutcome, submitOutcome, webhookReport } from '../../src/providers/modelslab/call-policy.js';
import { decodeBody } from '../../src/providers/modelslab/decode-body.js';
import { formFields } from '../../src/providers/modelslab/form-fields.js';
import { readModelsLabBody, readModelsLabText } from '../../src/providers/modelslab/wire.js';

const seed = 20_261_127;
const baseUrl = 'https://modelslab.com/api/v6/deepfake';

const statusWord = fc.oneof(
  fc.constantFrom(
    'success',
    'processing',
    'failed',
    'error',
    'Queued',
    ' in_queue',
    'weird',
    '',
    null,
    200,
    true,
  ),
  fc.string(),
);
const id = fc.oneof(
  fc.nat(),
  fc.string(),
  fc.uuid(),
  fc.constantFrom(null, '..', 'a/b', 2 ** 60),
  fc.jsonValue(),
);
const link = fc.oneof(
  fc.webUrl(),
  fc.constantFrom('//cdn.example/1.jpg', 'javascript:1', 'https://', 'http://[', null),
  fc.jsonValue(),
);
const output = fc.oneof(link, fc.array(link, { maxLength: 4 }), fc.array(fc.record({ url: link })));
const message = fc.oneof(
  fc.constantFrom('Try Again', 'queue is full', 'No face detected', 'Server Error', 'Invalid API key', ''),
  fc.string(),
  fc.jsonValue(),
);
const fields = fc.record(
  {
    status: statusWord,
    id,
    track_id: id,
    output,
    proxy_links: output,
    future_links: output,
    message,
    messege: message,
    errors: message,
    meta: fc.jsonValue(),
    eta: fc.jsonValue(),
    retry_after: fc.jsonValue(),
    fetch_result: link,
    data: fc.jsonValue(),
    ['__proto__']: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const body: fc.Arbitrary<unknown> = fc.oneof(
  fields,
  fields.map((inner) => [inner]),
  fields.map((data) => ({ data })),
  fc.jsonValue(),
);
const text = fc.oneof(
  body.map((value) => JSON.stringify(value) ?? ''),
  fc
    .tuple(fc.string(), body, fc.string())
    .map(([before, value, after]) => `${before}${JSON.stringify(value)}${after}`),
  fc.tuple(body, fc.nat(400)).map(([value, length]) => (JSON.stringify(value) ?? '').slice(0, length)),
  fc.string({ unit: 'binary' }),
);
const httpStatus = fc.oneof(
  fc.constantFrom(200, 201, 302, 400, 401, 402, 403, 404, 422, 429, 500, 502, 503, 521, 524),
  fc.integer({ min: 200, max: 599 }),
);

describe('no body', () => {
  test('makes a submission fail unless its status, or the HTTP status, says so', () => {
    fc.assert(
      fc.property(text, httpStatus, fc.boolean(), (source, status, hasCdnHeaders) => {
        const read = readModelsLabText(source);
        const outcome = submitOutcome(
          { kind: 'answer', httpStatus: status, body: read, hasCdnHeaders },
          baseUrl,
        );
        const isRefused = (status >= 400 && status < 500) || [301, 302, 307, 308].includes(status);
        if (outcome.kind === 'failed') expect(isRefused || /fail|err/i.test(source)).toBe(true);
        if (outcome.kind === 'failed' && !isRefused) expect(['failed', 'error']).toContain(read?.status);
        if (outcome.kind === 'not-accepted' && status >= 500)
          expect([521, 523, 525, 526, 530]).toContain(status);
        if (outcome.kind === 'succeeded')
          expect(outcome.result.output.every((url) => /^https?:\/\//i.test(url))).toBe(true);
        if (outcome.kind === 'processing' && outcome.fetchPath !== undefined)
          expect(new URL(outcome.fetchPath, baseUrl).origin).toBe('https://modelslab.com');
      }),
      { seed, numRuns: 1500 },
    );
  });

  test('makes a fetch or a webhook throw, or a fetch final with an HTTP status of 5xx', () => {
    fc.assert(
      fc.property(text, httpStatus, (source, status) => {
        const read = readModelsLabText(source) ?? readModelsLabBody(formFields(source));
        const outcome = fetchOutcome({ kind: 'answer', httpStatus: status, body: read }, '5');
        if (status >= 500) expect(outcome).toEqual({ kind: 'unavailable' });
        webhookReport(read);
      }),
      { seed, numRuns: 1500 },
    );
  });

  test('of bytes breaks the decoder', () => {
    const header = fc.oneof(
      fc.constantFrom('gzip', 'br', 'deflate', 'zstd', 'gzip, br', 'text/html; charset=utf-16', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        header,
        header,
        (bytes, contentEncoding, contentType) => {
          const decoded = decodeBody({ bytes: Buffer.from(bytes), contentEncoding, contentType });
          expect(typeof decoded).toBe('string');
        },
      ),
      { seed, numRuns: 1000 },
    );
  });
});

describe('URLs in a log', () => {
  const escapes: ((url: string) => string)[] = [
    (url) => url,
    (url) => JSON.stringify(url),
    (url) => JSON.stringify(url).replaceAll('/', '\\/'),
    (url) => JSON.stringify(JSON.stringify(url)),
    (url) => JSON.stringify(JSON.stringify(url).replaceAll('/', '\\/')),
    (url) => url.replaceAll('/', '\\u002f'),
    (url) => encodeURIComponent(url),
    (url) => url.replaceAll('/', '&#x2F;'),
    (url) => url.replace(/^https?:/, ''),
    (url) => url.replace(/^https?:\/\//, ''),
    (url) => `<a href="${url}">${url}</a>`,
    (url) => `url(${url})`,
  ];
  test('are shortened, however they are escaped', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...escapes),
        fc.constantFrom('https://cdn.example.com/', 'http://127.0.0.1:4000/', 'https://u:pw@h.example/a/'),
        fc.stringMatching(/^[\w~.-]{0,20}$/),
        (write, origin, rest) => {
          // Without scheme and slashes it looks like a path.
          fc.pre(write !== escapes[9] || origin.includes('cdn'));
          const written = redactUrls(`before ${write(`${origin}secret-path-${rest}?sig=secret`)} after`);
          expect(written).not.toContain('secret');
          expect(written).not.toContain('pw');
          expect(written).toMatch(/^before .*….* after$/);
        },
      ),
      { seed, numRuns: 1000 },
    );
  });
});
