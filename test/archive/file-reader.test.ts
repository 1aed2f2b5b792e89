import { expect, test } from 'vitest';
import { createFileReader } from '../../src/archive/file-reader.js';
import { createFileUrls } from '../../src/swap/file-urls.js';
import { applyTransition, queuedSwap, type Swap } from '../../src/swap/swap.js';
import { captureLog } from '../../testing/capture-log.js';
import { images } from '../../testing/swap-client.js';

const token = 'ab'.repeat(16);
const other = 'cd'.repeat(16);

/** A reader for which every token was registered for this swap. */
function readerOf(swap: Swap | undefined) {
  const unused = (): never => {
    throw new Error('not to be called');
  };
  const archive = { put: unused, open: unused, delete: unused, list: unused, close: unused };
  return createFileReader({
    store: { get: async () => swap },
    swapIndex: { holder: async () => ({ swapId: 'a', fingerprint: '' }) },
    archive,
    fetcher: { fetch: unused },
    urls: createFileUrls({ origin: () => '', now: Date.now, secrets: [], disclosure: '' }),
    log: captureLog().log,
  });
}

const queued = queuedSwap('a', 'ann', { ...images, watermark: true }, 1);
const result = { output: ['https://x.example/1.png'], proxyLinks: [], files: { token } };
const succeeded = applyTransition(queued, { type: 'succeeded', result }, 1, 1000);

test('a file is found by the token and the name in its record', async () => {
  expect(await readerOf(succeeded).find(token, '0.png')).toEqual({ swap: succeeded, index: 0 });
});

test('a token that was registered for an outcome that another one preceded finds nothing', async () => {
  expect(await readerOf(succeeded).find(other, '0.png')).toBeUndefined();
});

test('the token of a swap that is not finished, has expired, or has no result finds nothing', async () => {
  const failed = applyTransition(queued, { type: 'canceled' }, 1, 1000);
  for (const swap of [queued, undefined, failed])
    expect(await readerOf(swap).find(token, '0.png')).toBeUndefined();
});
