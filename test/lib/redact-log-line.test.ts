import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactLogLine } from '../../src/lib/redact-log-line.js';
import { cpuTimeOf } from '../../testing/cpu-time.js';

const line = (fields: object): string => `${JSON.stringify(fields)}\n`;
const redacted = (text: string): string =>
  (JSON.parse(redactLogLine(line({ msg: text }))) as { msg: string }).msg;

const urls = [
  'https://images.example.com/s3cret/1.jpg?sig=s3cret#s3cret',
  'https://s3cret:s3cret@images.example.com/s3cret',
  'HTTPS://IMAGES.EXAMPLE.COM/s3cret',
  '//images.example.com/s3cret',
  'images.example.com/s3cret?s3cret',
  's3cret:s3cret@images.example.com/s3cret',
  'https:images.example.com/s3cret',
  'https:/s3cret@images.example.com/s3cret',
  'https:\\\\images.example.com\\s3cret\\1.jpg',
  'http://127.0.0.1:4000/s3cret.jpg',
  '127.0.0.1:4000/s3cret.jpg',
  'http://[2001:db8::1]/s3cret',
  'localhost:4000/s3cret',
  'data:image/png;base64,s3cret',
  'http://127.0.0.1:4000/uploads/s3cret.jpg',
  '/uploads/s3cret.jpg',
  '/generations/s3cret.jpg',
  '/webhooks/modelslab/s3cret',
  '/webhooks/s3cret.signature',
  '/files/s3cret/1.jpg',
];
const writings: ((url: string) => string)[] = [
  (url) => url,
  (url) => `Error: cannot fetch ${url}`,
  (url) => JSON.stringify({ url }),
  (url) => JSON.stringify(JSON.stringify({ url })),
  (url) => JSON.stringify({ url }).replaceAll('/', '\\/'),
  (url) => `Variable "$input" got invalid value { initImage: '${url}', trackId: 1 }`,
  (url) => `<a href="${url}">`,
  // Redis cuts arguments off.
  (url) => `ERR unknown command 'X', with args beginning with: 'pending:1' '{"request":{"initImage":"${url}`,
  (url) => `a\n${url}\tb`,
];

describe.each(urls)('%s', (url) => {
  test.each(writings.map((write) => write(url)))('is redacted in: %s', (text) => {
    expect(redacted(text)).not.toContain('s3cret');
  });
});

test('a URL is redacted in every field, at any depth, and as a name', () => {
  const url = 'https://images.example.com/s3cret';
  const written = redactLogLine(
    line({ a: { b: [{ [url]: url }] }, err: { message: url, stack: `Error: ${url}\n    at f (a.js:1:2)` } }),
  );
  expect(written).not.toContain('s3cret');
  expect(() => JSON.parse(written)).not.toThrow();
});

test('equal URLs can be recognized in a log', () => {
  const [one, same, other] = ['a', 'a', 'b'].map((name) => redacted(`x https://h.example/${name}`));
  expect(one).toMatch(/^x https:\/\/h\.example\/…#[0-9a-f]{8}$/);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});

test.each([
  'ready at http://127.0.0.1:4000/graphql with the sandbox',
  'http://127.0.0.1:4000',
  'https://modelslab.com/api/v6/deepfake/single_face_swap',
  'Error: failed\n    at run (file:///srv/my.app/dist/src/uploads/uploads.js:101:12)',
  'Error: failed\n    at Object.<anonymous> (/srv/node_modules/undici/lib/api/api-request.js:10:5)\n    at node:internal/x:1:2',
  '/var/lib/face-swap-gateway/gateway.sqlite',
  'swap finished',
])('what an operator needs stays: %s', (text) => {
  expect(redacted(text)).toBe(text);
});

test('the name of an upload is redacted, the request id of nginx stays', () => {
  const id = 'feef1554cc338fa7cf7a4b2ab1b5e9c0';
  expect(redacted(`ENOENT ${id}.jpg`)).toBe('ENOENT [redacted].jpg');
  expect(redacted(`request ${id} failed`)).toBe(`request ${id} failed`);
});

test('bytes are removed, which may be the text of a request', () => {
  const rawPacket = Buffer.from('GET /uploads/1.jpg HTTP/1.1');
  const written = redactLogLine(line({ err: { rawPacket, view: new Uint8Array([1, 2, 3]), code: 1 } }));
  expect(JSON.parse(written)).toEqual({ err: { rawPacket: '[bytes]', view: '[bytes]', code: 1 } });
});

test('a line is valid JSON whatever it contained', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...urls,
      'https:',
      '//',
      '\\',
      '\\\\',
      '"',
      '/',
      '%2f',
      '\\u002f',
      '\n',
      '@',
      'a.example',
    ),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const wrapped = text.chain((plain) =>
    fc.constantFrom(
      plain,
      JSON.stringify(plain),
      JSON.stringify(JSON.stringify(plain)),
      encodeURIComponent(plain.toWellFormed()),
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(wrapped, wrapped, { maxKeys: 3 }), (fields) => {
      const written = redactLogLine(line(fields));
      expect(() => JSON.parse(written)).not.toThrow();
      expect(written.endsWith('\n')).toBe(true);
    }),
    { seed: 17, numRuns: 5000 },
  );
});

test('a line that is too long is left out, with its level and time', () => {
  const head = { level: 'error', time: '2026-01-01T00:00:00.000Z' };
  const written = redactLogLine(line({ ...head, msg: 's3cret'.repeat(50_000) }));
  expect(JSON.parse(written)).toEqual({
    ...head,
    msg: expect.stringMatching(/^left out a log line of 3\d{5} /),
  });
});

test.each(['a', 'a.', '/', '//', 'a@', 'a.b/', 'https:', '%2f', '\\', 'a.example:', '{"0":1,', '1.1.'])(
  'the longest line of %s is redacted quickly',
  async (piece) => {
    const text = line({ msg: piece.repeat(Math.floor(120_000 / piece.length)) });
    expect(await cpuTimeOf(() => redactLogLine(text))).toBeLessThan(500);
  },
);
