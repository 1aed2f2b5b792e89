import fc from 'fast-check';
import { jsonTexts, mostly, objectText, rarely, sometimes } from './json-texts.ts';

/** A server's response, byte by byte. */
export interface HostileResponse {
  head: string;
  body: Buffer;
  /** The connection is reset after this many bytes; undefined: it closes normally. */
  resetAfter: number | undefined;
}

const reasons: Record<number, string> = { 200: 'OK', 404: 'Not Found', 500: 'Internal Server Error' };

const contentTypes = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-16',
  'text/html',
  'image/jpeg',
  'image/jpg',
  'image/png',
  'application/octet-stream',
  '',
  'multipart/form-data; boundary=x',
);

const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

const bodies = (texts: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 6, arbitrary: texts.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: texts.map((text) => Buffer.from(`\ufeff${text}`)) },
    {
      weight: 1,
      arbitrary: texts.map((text) => Buffer.from(`<br />\n<b>Warning</b>: x in <b>/a.php</b>\n${text}`)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.constantFrom(jpeg, png, Buffer.alloc(0), Buffer.alloc(2_000_000, 97)) },
  );

/** Mostly 200: too many consecutive outages rightly pause the queue, and then nothing more is tested. */
const statuses = fc.oneof(
  { weight: 20, arbitrary: fc.constant(200) },
  { weight: 3, arbitrary: fc.constantFrom(201, 204, 301, 302, 304, 400, 401, 403, 404, 410, 422) },
  { weight: 1, arbitrary: fc.constantFrom(500, 502, 503, 504, 520, 521, 530) },
);

export function hostileResponses(texts: fc.Arbitrary<string>): fc.Arbitrary<HostileResponse> {
  const framing = fc.oneof(
    { weight: 20, arbitrary: fc.constant('length') },
    { weight: 4, arbitrary: fc.constantFrom('close', 'chunked', 'short', 'long', 'garbage') },
  );
  return fc
    .record({
      status: statuses,
      type: contentTypes,
      body: bodies(texts),
      framing,
      encoding: rarely(fc.constantFrom('gzip', 'br', 'deflate', 'identity', 'x')),
      resetAfter: rarely(fc.nat({ max: 60 })),
    })
    .map(({ status, type, body, framing: kind, encoding, resetAfter }) => {
      if (kind === 'garbage') return { head: 'HTP/9.9 abc\r\n\0\r\n\r\n', body, resetAfter };
      const length =
        kind === 'short' ? Math.max(body.length - 5, 0) : body.length + (kind === 'long' ? 50 : 0);
      const lines = [
        `HTTP/1.1 ${status} ${reasons[status] ?? 'Status'}`,
        ...(type === '' ? [] : [`Content-Type: ${type}`]),
        ...(encoding === undefined ? [] : [`Content-Encoding: ${encoding}`]),
        ...(status >= 300 && status < 400 ? ['Location: http://127.0.0.1:1/'] : []),
        kind === 'chunked'
          ? 'Transfer-Encoding: chunked'
          : kind === 'close'
            ? ''
            : `Content-Length: ${length}`,
        'Connection: close',
      ].filter((line) => line !== '');
      const framed =
        kind === 'chunked'
          ? Buffer.concat([
              Buffer.from(`${body.length.toString(16)}\r\n`),
              body,
              Buffer.from('\r\n0\r\n\r\n'),
            ])
          : body;
      return { head: `${lines.join('\r\n')}\r\n\r\n`, body: framed, resetAfter };
    });
}

export interface ModelsLabTexts {
  /** ModelsLab's id in this case, and the URL of its picture. */
  id: string;
  picture: string;
}

/** ModelsLab's bodies, for any call: right, nearly right and wrong. */
export function modelsLabBodies({ id, picture }: ModelsLabTexts): fc.Arbitrary<string> {
  const structured = fc
    .record({
      status: sometimes(
        mostly('success', 'processing', 'error', 'failed', 'Success', 'completed', 'queued', 'processing '),
      ),
      id: sometimes(fc.oneof({ weight: 4, arbitrary: fc.constant(id) }, { weight: 1, arbitrary: jsonTexts })),
      output: sometimes(
        fc.oneof(
          { weight: 3, arbitrary: fc.constant(JSON.stringify([picture])) },
          {
            weight: 1,
            arbitrary: fc.constantFrom(JSON.stringify(picture), '[]', '""', `["${picture}",null]`),
          },
          { weight: 1, arbitrary: jsonTexts },
        ),
      ),
      proxy_links: sometimes(jsonTexts),
      future_links: sometimes(jsonTexts),
      fetch_result: sometimes(jsonTexts),
      message: sometimes(mostly('Try Again', 'Server Error', '', 'Unable to download init_image')),
      eta: sometimes(fc.oneof(fc.constantFrom('605', '1', '0.5', '-1'), jsonTexts)),
      generationTime: sometimes(jsonTexts),
      track_id: sometimes(fc.oneof(fc.constantFrom('null', '7', '"7"'), jsonTexts)),
      meta: sometimes(jsonTexts),
    })
    .map(objectText);
  return fc.oneof(
    { weight: 8, arbitrary: structured },
    { weight: 1, arbitrary: structured.map((text) => `[${text}]`) },
    { weight: 1, arbitrary: structured.map((text) => `{"data":${text}}`) },
    { weight: 2, arbitrary: jsonTexts },
  );
}
