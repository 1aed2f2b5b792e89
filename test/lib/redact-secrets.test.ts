import { expect, test } from 'vitest';
import { createSecretRedactor } from '../../src/lib/redact-secrets.js';
import { createWebhookTokens } from '../../src/swap/lifecycle/webhook-tokens.js';
import { cpuTimeOf } from '../../testing/cpu-time.js';

const secret = 'a/key+"of"\\somebody';
const redact = createSecretRedactor([secret, '']);

test.each([
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  encodeURIComponent(JSON.stringify(secret)).slice(3, -3),
  JSON.stringify(encodeURIComponent(secret)).slice(1, -1),
])('a secret spelled %s is redacted', (spelling) => {
  expect(redact(`before ${spelling} ${spelling} after`)).toBe('before [redacted] [redacted] after');
});

test('a webhook token is redacted from its URL in every encoding', () => {
  const token = createWebhookTokens('secret').issue('0b0c5a3e-5c7b-4b43-9c3f-0f6a3f0f9d11');
  const address = `http://127.0.0.1:4000/webhooks/modelslab/${token}`;
  for (const spelling of [address, encodeURIComponent(address), address.replaceAll('/', '\\/')])
    expect(redact(`"${spelling}"`)).not.toContain(token);
});

test('a megabyte without whitespace is scanned quickly', async () => {
  const work = () => {
    redact('a'.repeat(1_000_000));
    redact('/webhooks/modelslab/'.repeat(50_000));
  };
  expect(await cpuTimeOf(work)).toBeLessThan(500);
});
