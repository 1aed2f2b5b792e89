import { request } from 'undici';
import { expect, it } from 'vitest';
import type { SandboxFaults } from '../../sandbox/sandbox.js';
import { startSandbox, submitText, swapFields } from '../../testing/sandbox-client.js';

const never = { generationMs: [600_000, 600_000] as [number, number] };

it('puts a byte order mark, or a PHP warning, before the JSON', async () => {
  const sandbox = await startSandbox({ ...never, byteOrderMark: 1 });
  // `fetch` removes the mark from text.
  const { body } = await request(`${sandbox.baseUrl}/single_face_swap`, {
    method: 'POST',
    body: JSON.stringify(swapFields),
  });
  const bytes = Buffer.from(await body.arrayBuffer());
  expect(bytes.subarray(0, 4)).toEqual(Buffer.from([0xef, 0xbb, 0xbf, 0x7b]));
  sandbox.setFaults({ byteOrderMark: 0, phpWarning: 1 });
  const { text } = await submitText(sandbox);
  expect(text).toMatch(/^<br \/>\n<b>Warning<\/b>/);
  expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({ status: 'processing' });
});

it('compresses with gzip, deflate and br, at once and slowly', async () => {
  const sandbox = await startSandbox({ successAtOnce: 1, compressed: 1, bodySlow: 0.5, slowBodyMs: [1, 5] });
  const seen = new Set<string | null>();
  for (let i = 0; i < 30; i++) {
    const { headers, text } = await submitText(sandbox);
    seen.add(headers.get('content-encoding'));
    expect(JSON.parse(text)).toMatchObject({ status: 'success' });
  }
  expect(seen).toEqual(new Set(['gzip', 'deflate', 'br']));
  expect(sandbox.injected()).toHaveProperty('bodySlow');
});

it('sends JSON under odd content types, or none', async () => {
  const sandbox = await startSandbox({ successAtOnce: 1, contentTypeOdd: 1 });
  const seen = new Set<string | null>();
  for (let i = 0; i < 30; i++) seen.add((await submitText(sandbox)).headers.get('content-type'));
  expect(seen).toEqual(new Set(['text/html; charset=UTF-8', 'text/plain', 'application/octet-stream', null]));
});

it('sends a success with HTTP status 5xx, and keeps the status of a rejection', async () => {
  const sandbox = await startSandbox({ successAtOnce: 1, successAs5xx: 1 });
  const { status, text } = await submitText(sandbox);
  expect([500, 502, 503]).toContain(status);
  expect(JSON.parse(text)).toMatchObject({ status: 'success' });
  expect((await submitText(sandbox, { key: '' })).status).toBe(401);
});

it.each<[keyof SandboxFaults, number, number[], RegExp | null]>([
  ['cdnBefore', 0, [521, 523, 525, 526, 530], /-FRA$/],
  ['cdnAfter', 1, [520, 522, 524], /-FRA$/],
  ['cdnForged', 1, [521, 523, 525, 526, 530], null],
])('%s responds like the CDN, with %i accepted', async (fault, accepted, allowed, ray) => {
  const sandbox = await startSandbox({ ...never, [fault]: 1 });
  const { status, headers } = await submitText(sandbox);
  expect(allowed).toContain(status);
  expect(headers.get('server')).toBe(ray === null ? 'nginx' : 'cloudflare');
  if (ray === null) expect(headers.get('cf-ray')).toBeNull();
  else expect(headers.get('cf-ray')).toMatch(ray);
  expect(sandbox.submissions()).toHaveLength(accepted);
});

it('redirects to another host and accepts nothing', async () => {
  const sandbox = await startSandbox({ redirected: 1 });
  const { status, headers } = await submitText(sandbox);
  expect([301, 302, 307, 308]).toContain(status);
  expect(headers.get('location')).toBe('https://moved.modelslab.example/single_face_swap');
  expect(sandbox.submissions()).toEqual([]);
});

it.each<[keyof SandboxFaults, number, string, unknown]>([
  ['busyHeader', 429, '^7$', { status: 'error', message: expect.stringMatching('Rate limit') }],
  ['busyDate', 429, 'GMT$', { status: 'error', message: expect.stringMatching('Rate limit') }],
  ['busyZero', 429, '^none$', expect.objectContaining({ retry_after: 0 })],
  [
    'busyInWords',
    200,
    '^none$',
    { status: 'error', message: expect.stringMatching(/queue is full|at a time|Rate limit/) },
  ],
])('%s reports a full queue in its own way', async (fault, status, retryAfter, body) => {
  const sandbox = await startSandbox({ busy: 1, retryAfterS: 7, [fault]: 1 });
  const answer = await submitText(sandbox);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('retry-after') ?? 'none').toMatch(new RegExp(retryAfter));
  expect(JSON.parse(answer.text)).toEqual(body);
  expect(sandbox.submissions()).toEqual([]);
});

it('a Retry-After date is as far ahead as the seconds say', async () => {
  const sandbox = await startSandbox({ busy: 1, retryAfterS: 60, busyDate: 1 });
  const until = Date.parse((await submitText(sandbox)).headers.get('retry-after') ?? '');
  expect(until - Date.now()).toBeGreaterThan(50_000);
  expect(until - Date.now()).toBeLessThan(61_000);
});
