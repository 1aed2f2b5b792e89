import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeBody } from '../../src/providers/modelslab/decode-body.js';
import { readModelsLabText } from '../../src/providers/modelslab/wire.js';

const url = 'https://files.example.com/5.jpg';
const other = 'https://files.example.com/6.jpg';
const read = (body: unknown) => readModelsLabText(typeof body === 'string' ? body : JSON.stringify(body));
const outputOf = (fields: object) => read({ status: 'success', id: 5, ...fields })?.result.output;

describe('status', () => {
  test.each([
    ...['success', 'Success', ' SUCCESS ', 'succeeded', 'completed', 'done', 'finished'].map((word) => [
      word,
      'success',
    ]),
    ...['processing', 'processing ', 'Queued', 'in_queue', 'IN QUEUE', 'in-queue', 'pending', 'running'].map(
      (word) => [word, 'processing'],
    ),
    ...['failed', 'FAILED', 'failure'].map((word) => [word, 'failed']),
    ...['error', 'Error'].map((word) => [word, 'error']),
    ...['', 'teleporting', 'not failed', 'no error', 'canceled'].map((word) => [word, 'unknown']),
  ])('"%s" is %s', (word, status) => {
    expect(read({ status: word, id: 5 })?.status).toBe(status);
  });

  test.each([[200], [true], [null], [['success']], [{}]])('%j is not a status', (value) => {
    expect(read({ status: value, id: 5 })?.status).toBe('unknown');
  });
});

describe('ids', () => {
  test.each<[string, string | undefined]>([
    ['118409305', '118409305'],
    ['9007199254740993', '9007199254740993'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['"abc123-def456"', 'abc123-def456'],
    ['" 7 "', '7'],
    ['"../../v3/delete_image?x#y"', '../../v3/delete_image?x#y'],
    [`"${'a'.repeat(128)}"`, 'a'.repeat(128)],
    [`"${'a'.repeat(129)}"`, undefined],
    ['".."', undefined],
    ['"\\ud800"', undefined],
    ['"a\\nb"', undefined],
    ['""', undefined],
    ['0', undefined],
    ['"null"', undefined],
    ['null', undefined],
    ['true', undefined],
    ['[5]', undefined],
    ['{"a":1}', undefined],
    ['1.5', '1.5'],
  ])('%s is %s', (source, id) => {
    const body = readModelsLabText(`{"status":"processing","id":${source},"track_id":${source}}`);
    expect([body?.id, body?.trackId]).toEqual([id, id]);
  });
});

describe('pictures', () => {
  test.each<[string, object, string[]]>([
    ['a list', { output: [url] }, [url]],
    ['one URL', { output: url }, [url]],
    ['nulls', { output: [null, url, ''] }, [url]],
    ['objects', { output: [{ url }, { image: other }] }, [url, other]],
    ['one object', { output: { link: url } }, [url]],
    ['an object of numbers', { output: { 0: url, 2: other } }, [url, other]],
    ['lists in a list', { output: [[url], [other]] }, [url, other]],
    ['JSON in text', { output: JSON.stringify([url]) }, [url]],
    ['several in one text', { output: `${url}, ${other}` }, [url, other]],
    ['no scheme', { output: ['//files.example.com/5.jpg'] }, [url]],
    ['escaped slashes', { output: ['https:\\/\\/files.example.com\\/5.jpg'] }, [url]],
    ['blanks around', { output: [` ${url}\n`] }, [url]],
    ['only proxy links', { output: [], proxy_links: [url] }, [url]],
    ['only future links', { output: [], future_links: [url] }, [url]],
    ['links of both kinds', { output: [], proxy_links: [url], future_links: [other] }, [url]],
    ['no output', { links: [url] }, [url]],
    ['others among them', { output: ['javascript:1', 'data:image/png;base64,AA', 7, 'x', url] }, [url]],
    ['only in meta', { output: [], meta: { output: [url], proxy_links: [url] } }, []],
    ["the gateway's own webhook", { output: ['https://gateway.example/webhooks/modelslab/[redacted]'] }, []],
    ['nothing', {}, []],
  ])('%s', (_name, fields, output) => {
    expect(outputOf(fields)).toEqual(output);
  });

  test.each([
    ['a user name', 'https://user@files.example.com/5.jpg'],
    ['a user name and a password', 'https://user:pass@files.example.com/5.jpg'],
    ['a password', 'HTTPS://:pass@files.example.com/5.jpg'],
    ['an empty user name', 'https://@files.example.com/5.jpg'],
    ['a password with an @', 'https://user:p@ss@files.example.com/5.jpg'],
    ['the API key as user name', 'https://[redacted]@files.example.com/5.jpg'],
    ['a header after it', `${url}\r\nSet-Cookie: a=b`],
    ['a header without a blank after it', `${url}\nSet-Cookie:a`],
    ['text after it', `${url}\n<script>alert(1)</script>`],
    ['a line break within it', 'https://files.exa\r\nmple.com/5.jpg'],
    ['tabs within it', 'https://files.example.com\t/5\t.jpg'],
    ['a null character after it', `${url}\u0000`],
    ['a Unicode line break after it', `${url}\u2028more text`],
    ['backslashes', 'https:\\\\files.example.com\\5.jpg'],
    ['slashes too many', 'https:////files.example.com/5.jpg'],
  ])('a URL with %s is not lost, but has neither credentials nor control characters', (_name, odd) => {
    expect(outputOf({ output: [odd] })).toEqual([url]);
    expect(outputOf({ output: [], proxy_links: { 0: odd } })).toEqual([url]);
    expect(read({ status: 'success', meta: { watermark_image: odd } })?.result.meta).toEqual({
      watermarkImage: url,
    });
  });

  test('characters that end a string, a tag or a parser are encoded, all others are kept as a signature covers them', () => {
    expect(outputOf({ output: ['https://files.example.com/5.jpg"><script>'] })).toEqual([
      'https://files.example.com/5.jpg%22%3E%3Cscript%3E',
    ]);
    expect(outputOf({ output: ['https://files.example.com\\@evil.example/'] })).toEqual([
      'https://files.example.com/@evil.example/',
    ]);
    const signed = "https://Files.example.com:443/a/../5.jpg?e=1&s=Ab%2f%2F+/=~'(*)!;$,[x]&m=a:b@c";
    expect(outputOf({ output: [signed] })).toEqual([signed]);
  });

  test('a URL with the API key in its path is never used', () => {
    expect(outputOf({ output: ['https://[redacted]@files.example.com/[redacted].jpg'] })).toEqual([]);
  });

  test.each(['file_prefix', 'model_save_format'])('%s is one line of at most 200 characters', (name) => {
    const metaOf = (value: unknown) =>
      Object.values(read({ status: 'success', meta: { [name]: value } })?.result.meta ?? {});
    expect(metaOf('x'.repeat(1e6))).toEqual(['x'.repeat(200)]);
    expect(metaOf('a\r\nb\u0000\u202ec\ud800')).toEqual(['a b c\ufffd']);
    expect(metaOf(5)).toEqual([]);
  });

  test('URLs may have 8,192 characters, and no more', () => {
    const long = `${url}?${'x'.repeat(8191 - url.length)}`;
    expect(outputOf({ output: [long, `${long}x`] })).toEqual([long]);
  });

  test('of a hundred thousand pictures, the first hundred are used', () => {
    expect(outputOf({ output: Array(1e5).fill(url) })).toHaveLength(100);
  });

  test('future links do not count as pictures before a success', () => {
    expect(read({ status: 'processing', id: 5, future_links: [url] })?.result.output).toEqual([]);
  });

  test('unreadable meta is ignored', () => {
    const odd = {
      output: [url],
      generationTime: 'fast',
      meta: { seed: 1.5, temp: 'maybe', watermark: 'no' },
    };
    expect(read({ status: 'success', ...odd })?.result).toEqual({
      output: [url],
      proxyLinks: [],
      meta: { watermark: false },
    });
    for (const meta of ['x', [], 7, null, { seed: null }])
      expect(outputOf({ output: [url], meta })).toEqual([url]);
  });
});

describe('envelopes', () => {
  const body = { status: 'success', id: 5, output: [url] };
  test.each<[string, unknown]>([
    ['a list', [body]],
    ['data', { data: body }],
    ['a list in data', { data: [body] }],
    ['result', { result: body }],
    ['response', { response: body }],
    ['a status next to the data', { status: 'success', data: { id: 5, output: [url] } }],
    ['a code next to the data', { status: 200, data: body }],
    ['text', JSON.stringify(body)],
  ])('%s', (_name, value) => {
    expect(read(JSON.stringify(value))).toMatchObject({
      status: 'success',
      id: '5',
      result: { output: [url] },
    });
  });

  test('the status of the content counts, unless the envelope says that it failed', () => {
    expect(read({ status: 'success', data: { status: 'processing', id: 5 } })?.status).toBe('processing');
    expect(read({ status: 'error', data: { status: 'success', id: 5 } })?.status).toBe('error');
  });
});

describe('text around and within the JSON', () => {
  const json = `{"status":"success","id":12345678901234567890,"output":["${url}"]}`;
  const body = { status: 'success', id: '12345678901234567890', result: { output: [url] } };
  test.each([
    ['a byte order mark', `\ufeff${json}`],
    ['a PHP warning', `<br />\n<b>Warning</b>: Undefined array key [0] in <b>/a.php</b><br />\n${json}`],
    ['a notice with braces', `Notice: Undefined variable {x} in [internal]\n${json}`],
    ['HTML after it', `${json}\n<!-- 12 ms -->`],
    ['other JSON before it', `{"debug":true}${json}`],
    ['NaN', json.replace('{', '{"eta":NaN,"x":-Infinity,')],
    ['a trailing comma', json.replace('"]}', '",]}')],
    ['a raw line break in text', json.replace('{', '{"message":"a\nb",')],
    ['an invalid escape', json.replace('{', '{"message":"a\\xb",')],
    ['a duplicate key', json.replace('{', '{"status":"error",')],
    ['a poisoned prototype', json.replace('{', '{"__proto__":{"status":"error"},')],
  ])('%s', (_name, text) => {
    expect(readModelsLabText(text)).toMatchObject(body);
  });

  test.each([
    ['nothing', ''],
    ['HTML', '<html><style>body { color: red }</style>[x]</html>'],
    ['a number', '7'],
    ['text', '"success"'],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['a list of lists', '[[[]]]'],
    ['a truncated failure', '{"status":"failed","id":5,"message":"no'],
    ['JSON truncated within its id', '{"status":"processing","id":118409'],
    ['JSON truncated after meta', `{"status":"success","meta":{"id":"7","output":["${url}"]},"output":[`],
    ['a million brackets', '['.repeat(1_000_000)],
  ])('%s is not a body', (_name, text) => {
    expect(readModelsLabText(text)).toBeUndefined();
  });

  test('truncated JSON yields the id, but neither pictures nor meta', () => {
    const cut = `{"status":"success","meta":{"id":"7"},"id":5,"output":["${url}"],"proxy_links":["`;
    expect(readModelsLabText(cut)).toMatchObject({ id: '5', status: 'success', oddity: 'repaired' });
    expect(readModelsLabText(cut)?.result).toEqual({ output: [], proxyLinks: [] });
  });

  test('deep nesting is cheap', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(readModelsLabText(json.replace('{', `{"message":${deep},"meta":${deep},`))).toMatchObject({
      ...body,
      message: '',
    });
    expect(
      readModelsLabText(`{"status":"error","message":${'{"a":'.repeat(9e4)}"x"${'}'.repeat(9e4)}}`)?.message,
    ).toBe('');
  });
});

describe('encodings', () => {
  const text = '{"status":"success","message":"Grüße"}';
  const bytes = Buffer.from(text);
  const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  test.each<[string, Buffer, string?, string?]>([
    ['plain', bytes],
    ['gzip', gzipSync(bytes), 'gzip'],
    ['x-gzip', gzipSync(bytes), 'X-GZIP'],
    ['undeclared gzip', gzipSync(bytes)],
    ['deflate', deflateSync(bytes), 'deflate'],
    ['raw deflate', deflateRawSync(bytes), 'deflate'],
    ['br', brotliCompressSync(bytes), 'br'],
    ['zstd', zstdCompressSync(bytes), 'zstd'],
    ['two of them', brotliCompressSync(gzipSync(bytes)), 'gzip, br'],
    ['declared gzip that is not compressed', bytes, 'gzip'],
    ['an unknown encoding', bytes, 'constructor'],
    ['a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 LE without a mark', Buffer.from(text, 'utf16le')],
    ['UTF-16 BE', utf16be],
    ['UTF-16 BE without a mark', utf16be.subarray(2)],
    ['Latin-1', Buffer.from(text, 'latin1'), undefined, 'application/json; charset=ISO-8859-1'],
    ['an unknown charset', bytes, undefined, 'application/json; charset=klingon'],
  ])('%s', (_name, body, contentEncoding, contentType) => {
    expect(decodeBody({ bytes: body, contentEncoding, contentType })).toBe(text);
  });

  test('a compression bomb is harmless', () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    expect(decodeBody({ bytes: bomb, contentEncoding: 'gzip' }).length).toBeLessThanOrEqual(bomb.length);
  });
});
