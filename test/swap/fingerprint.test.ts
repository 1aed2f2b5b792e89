import { expect, test } from 'vitest';
import { fingerprint } from '../../src/swap/operations/registry.js';
import { createCommandParser } from '../../src/swap/request.js';

const policy = { allowHttp: false, allowLoopback: false };
const parse = createCommandParser(policy, policy);
const image = (name: string): string => `https://images.example.com/${name}.jpg`;
const input = {
  initImage: image('init'),
  targetImage: ` ${image('target')} `,
  referenceImage: image('reference'),
};
const fingerprintOf = (more: object = {}): string =>
  fingerprint(parse('single', { ...input, ...more }, 0, 'ann').request);

const plain = 'KnjYgZzbIDilKNk-V9LpxYKliY2piDgt9kDT_n6s4Gs';

// Stored with claims: if one changes, an identical request after an upgrade is paid for again.
test.each<[string, object, string]>([
  ['only images', {}, plain],
  ['everything that does not change the work', { consent: true, idempotencyKey: 'k', reuse: 'NEVER' }, plain],
  ['nulls', { watermark: null, trackId: null, webhook: null, consent: null }, plain],
  ['no watermark', { watermark: false }, 'OUODXu7bUx4UXU2pEVc0JdjDzMvGwoTKi8_H4ndeqDM'],
  [
    'a track id and a webhook',
    { trackId: 7, webhook: 'https://client.example.com/hook' },
    '8aSqFjrwgtYVnqr25lRRWidTaUaE9B8dffjZDF5Q9bM',
  ],
])('the fingerprint of an input never changes between releases: %s', (_, more, expected) => {
  expect(fingerprintOf(more)).toBe(expected);
});

test('an optional field that the client left out has no part in the fingerprint', () => {
  const { request } = parse('single', input, 0, 'ann');
  expect(fingerprint({ ...request, trackId: undefined } as unknown as typeof request)).toBe(plain);
});

test('a request with the operation `single` has the fingerprint of one without an operation', () => {
  const { request } = parse('single', input, 0, 'ann');
  expect(request).not.toHaveProperty('operation');
  expect(fingerprint({ ...request, operation: 'single' })).toBe(plain);
});
