import { expect, test } from 'vitest';
import { createFileUrls } from '../../src/swap/file-urls.js';
import { fileName, readArchiveKey } from '../../src/swap/files.js';
import { applyTransition, type EndedSwap, queuedSwap } from '../../src/swap/swap.js';
import { images } from '../../testing/swap-client.js';

const token = '0123456789abcdef'.repeat(2);
const hourMs = 3_600_000;
const start = Date.UTC(2026, 0, 1);

function swapOf(output: string[]): EndedSwap {
  const queued = queuedSwap('a', 'ann', { ...images, watermark: true }, start);
  const result = { output, proxyLinks: [], files: { token } };
  return applyTransition(queued, { type: 'succeeded', result }, start, 24 * hourMs) as EndedSwap;
}

const secretOf = (url = ''): string => /files\/([0-9a-f]{32})\//.exec(url)?.[1] ?? '';

test('the extension is that of the source URL if it is one of a picture, else jpg', () => {
  const cases: Record<string, string> = {
    'https://x.example/a.png': '0.png',
    'https://x.example/a.PNG?x=.gif': '0.png',
    'https://x.example/a.webp#y': '0.webp',
    'https://x.example/a.jpeg': '0.jpg',
    'https://x.example/a.html': '0.jpg',
    'https://x.example/a': '0.jpg',
    'https://x.example/a.svg': '0.jpg',
    'no URL.png': '0.jpg',
    '': '0.jpg',
  };
  for (const [url, name] of Object.entries(cases)) expect([url, fileName(0, url)]).toEqual([url, name]);
});

test('only a key of the archive has parts', () => {
  expect(readArchiveKey(`${token}/0.jpg`)).toEqual({ token, name: '0.jpg' });
  for (const key of [
    token,
    `${token}/`,
    `${token}/0`,
    `${token}/0.jpg/x`,
    `x/${token}/0.jpg`,
    `${token}/../0.jpg`,
  ])
    expect(readArchiveKey(key)).toBeUndefined();
});

test('a URL that is valid for as long as its swap is the token itself', () => {
  const urls = createFileUrls({
    origin: () => 'https://gw.example',
    now: () => start,
    secrets: [],
    disclosure: '',
  });
  const [file] = urls.view(swapOf(['https://x.example/1.png'])) ?? [];
  expect(file).toMatchObject({
    url: `https://gw.example/files/${token}/0.png`,
    expiresAt: start + 24 * hourMs,
  });
  expect(urls.readTokens(token)).toEqual([token]);
  for (const wrong of ['', 'x', `${token}0`, token.toUpperCase(), '../..'])
    expect(urls.readTokens(wrong)).toEqual([]);
});

test('a short-lived URL works from its issue until just before its time is up, and never for longer', () => {
  let now = start;
  const ttlMs = hourMs;
  const options = { origin: () => '', now: () => now, ttlMs, disclosure: '' };
  const urls = createFileUrls({ ...options, secrets: ['one secret of many', 'an older one'] });
  const older = createFileUrls({ ...options, secrets: ['an older one'] });
  const stranger = createFileUrls({ ...options, secrets: ['another deployment'] });
  for (let n = 0; n < 200; n += 1) {
    now = start + n * 137_911;
    const issuedAt = now;
    const [file] = urls.view({ ...swapOf(['https://x.example/1.png']), expiresAt: Infinity }) ?? [];
    const secret = secretOf(file?.url);
    expect(secret).not.toBe(token);
    expect(file?.expiresAt).toBeLessThanOrEqual(issuedAt + ttlMs);
    expect(file?.expiresAt).toBeGreaterThan(issuedAt + (ttlMs * 15) / 16 - 1000);
    now = (file?.expiresAt ?? 0) - 1;
    expect(urls.readTokens(secret)).toContain(token);
    expect(stranger.readTokens(secret)).not.toContain(token);
    now = (file?.expiresAt ?? 0) + 1;
    expect(urls.readTokens(secret)).not.toContain(token);
    now = issuedAt;
    const [before] = older.view(swapOf(['https://x.example/1.png'])) ?? [];
    expect(urls.readTokens(secretOf(before?.url))).toContain(token);
  }
});
