import { expect, onTestFinished, test } from 'vitest';
import { createArchiveBudget } from '../../src/archive/budget.js';
import { createCopier } from '../../src/archive/copier.js';
import { applyTransition, isEnded, queuedSwap } from '../../src/swap/swap.js';
import { captureLog } from '../../testing/capture-log.js';
import { openEmbeddedBackend } from '../../testing/embedded-backend.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { images } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

test('an entry that is due before the result of its swap is stored stays until it is', async () => {
  const clock = createManualClock(Date.now());
  const backend = openEmbeddedBackend({ dataDir: temporaryFolder(), clock });
  const { store, archiveJobs } = backend;
  const queued = queuedSwap('a', 'ann', { ...images, watermark: true }, clock.now());
  await store.create(queued, { fingerprint: 'print' });
  await archiveJobs.add('a', clock.now());
  const stored: string[] = [];
  const copier = createCopier({
    store,
    jobs: archiveJobs,
    archive: {
      put: async (key) => stored.push(key) > 0,
      open: () => expect.fail('nothing is read'),
      delete: () => expect.fail('nothing is deleted'),
      list: () => expect.fail('nothing is listed'),
      close: async () => undefined,
    },
    fetcher: {
      fetch: async () => ({
        kind: 'picture',
        contentType: 'image/png',
        bytes: 1,
        sha256: 'aa',
        sourceSha256: 'bb',
        open: () => expect.fail('nothing is read'),
        toFile: async () => ({ path: '/nowhere', contentType: 'image/png', bytes: 1, sha256: 'aa' }),
        dispose: async () => undefined,
      }),
    },
    budget: createArchiveBudget(undefined),
    measured: Promise.resolve(),
    clock,
    dueNow: backend.dueNow,
    log: captureLog().log,
    failpoint: () => undefined,
    observer: { attempted: () => undefined, stored: () => undefined },
    isShared: true,
  });
  onTestFinished(() => copier.close());
  copier.start();
  await clock.advance(10_000);
  expect(stored).toEqual([]);
  const token = 'ab'.repeat(16);
  const result = { output: ['https://x.example/1.png'], proxyLinks: [], files: { token } };
  const ended = applyTransition(queued, { type: 'succeeded', result }, clock.now(), 60_000);
  if (!isEnded(ended)) throw new Error('not ended');
  await store.finish(ended);
  const nextDueAt = async () => {
    await clock.advance(1000);
    return archiveJobs.nextDueAt();
  };
  await expect.poll(nextDueAt).toBeUndefined();
  expect(stored).toEqual([`${token}/0.png`]);
});
