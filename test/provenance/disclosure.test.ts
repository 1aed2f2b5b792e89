import fc from 'fast-check';
import { expect, test } from 'vitest';
import { disclosureHeaderValue } from '../../src/provenance/disclosure.js';

test.each([
  ['This picture was made with AI.', '"This picture was made with AI."'],
  ['a "quoted" \\ text', '"a \\"quoted\\" \\\\ text"'],
  ['Künstlich: 100 %', '%"K%c3%bcnstlich: 100 %25"'],
  ['two\r\nlines', '%"two%0d%0alines"'],
])('the disclosure %j is sent as %s', (text, value) => {
  expect(disclosureHeaderValue(text)).toBe(value);
});

test('no text breaks out of the header, and every text can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const value = disclosureHeaderValue(text);
      expect(value).toMatch(/^%?"[\x20-\x7e]*"$/);
      const inner = value.replace(/^%?"|"$/g, '');
      expect(value.startsWith('%') ? decodeURIComponent(inner) : inner.replace(/\\(.)/g, '$1')).toBe(text);
    }),
  );
});
