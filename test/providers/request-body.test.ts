import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { dropEchoedPictures } from '../../src/providers/modelslab/echoed-pictures.js';
import { jsonWithPictures } from '../../src/providers/modelslab/request-body.js';

async function sent(fields: Record<string, unknown>) {
  let ends = 0;
  const body = jsonWithPictures(fields, () => {
    ends += 1;
  });
  const parts: Buffer[] = [];
  for await (const part of body.parts()) parts.push(part);
  return { bytes: body.bytes, parts, text: Buffer.concat(parts).toString(), ends };
}

test.each([0, 1, 2, 3, 4, 48 * 1024 - 1, 48 * 1024, 48 * 1024 + 1, 1_000_001])(
  'pictures of %i bytes become base64 in JSON of the announced length',
  async (size) => {
    const [init, target] = [randomBytes(size), randomBytes(size + 7)];
    const fields = { key: 'ü"\\', init, missing: undefined, target, base64: true, webhook: null };
    const { bytes, parts, text, ends } = await sent(fields);
    expect(JSON.parse(text)).toEqual({
      key: 'ü"\\',
      init: init.toString('base64'),
      target: target.toString('base64'),
      base64: true,
      webhook: null,
    });
    expect(Buffer.byteLength(text)).toBe(bytes);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
    expect(ends).toBe(1);
  },
);

test('the pictures are released when the request ends before everything was sent', async () => {
  let ends = 0;
  const body = jsonWithPictures({ init: randomBytes(500_000) }, () => {
    ends += 1;
  });
  for await (const part of body.parts()) if (part.length > 1000) break;
  expect(ends).toBe(1);
  const after: Buffer[] = [];
  for await (const part of body.parts()) after.push(part);
  expect(after).toEqual([]);
});

const picture = randomBytes(90_000).toString('base64');

test.each([
  ['plain', { status: 'success', id: 1, meta: { init_image: picture, seed: 2 } }, (text: string) => text],
  [
    'escaped',
    { status: 'success', meta: { init_image: picture } },
    (text: string) => text.replaceAll('/', '\\/'),
  ],
  ['quotes and backslashes', { a: `"${picture}\\`, b: 'kept\\"' }, (text: string) => text],
])('long strings of a response are emptied, and everything else stays: %s', (_what, body, encode) => {
  const text = dropEchoedPictures(encode(JSON.stringify(body)), 1000);
  const emptied = JSON.parse(JSON.stringify(body), (_name, value: unknown) =>
    typeof value === 'string' && value.length > 70_000 ? '' : value,
  ) as unknown;
  expect(JSON.parse(text)).toEqual(emptied);
});

test('a truncated response keeps what precedes a picture, and short ones stay as they are', () => {
  const text = `{"status":"processing","id":7,"meta":{"init_image":"${picture}`;
  expect(dropEchoedPictures(text, 1000)).toBe('{"status":"processing","id":7,"meta":{"init_image":"');
  expect(dropEchoedPictures(text, 10_000_000)).toBe(text);
});
