import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteDatabase } from '../../src/backends/sqlite/database.js';
import { createSqliteSwapIndex } from '../../src/backends/sqlite/swap-index.js';
import { createSqliteSwapStore } from '../../src/backends/sqlite/swap-store.js';
import { systemClock } from '../../src/lib/clock.js';
import type { SwapIndex, SwapStore } from '../../src/swap/ports.js';
import { settle } from '../../testing/manual-clock.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

/** A disk that loses whatever was not synced: a copy of the store as of each sync. */
function createForgetfulDisk() {
  const dataDir = temporaryFolder();
  const images = temporaryFolder();
  let syncCount = 0;
  let image: string | undefined;
  return {
    dataDir,
    syncs: () => syncCount,
    async wrapSync(sync: () => Promise<void>) {
      // Later writes may or may not be part of this sync, so nothing may rely on it.
      syncCount += 1;
      const next = join(images, String(syncCount));
      cpSync(dataDir, next, { recursive: true });
      await sync();
      image = next;
    },
    /** The store as a power failure would leave it now. */
    afterPowerCut(): { store: SwapStore; swapIndex: SwapIndex } {
      if (image === undefined) throw new Error('nothing was synced');
      const copy = temporaryFolder();
      cpSync(image, copy, { recursive: true });
      const database = openSqliteDatabase(copy);
      onTestFinished(() => database.close());
      return {
        swapIndex: createSqliteSwapIndex(database),
        store: createSqliteSwapStore(database, { clock: systemClock, pendingTtlMs: 60_000 }),
      };
    },
  };
}

test('everything acknowledged to a client or ModelsLab survives a power failure: acceptance, mark and end', async () => {
  const upstream = await startStubModelsLab();
  const disk = createForgetfulDisk();
  const gateway = await startGateway(
    { ...upstream.env, DATA_DIR: disk.dataDir },
    { wrapSync: disk.wrapSync },
  );
  const atPost: ReturnType<typeof disk.afterPowerCut>[] = [];
  upstream.handle((call) => {
    atPost.push(disk.afterPowerCut());
    call.answer(200, answers.processing(1, 600));
  });

  const { id } = await requestSwap(gateway, { idempotencyKey: 'k' });
  const accepted = disk.afterPowerCut();
  expect(await accepted.store.get(id)).toMatchObject({ id, client: 'local' });
  expect(await accepted.swapIndex.holder('local', { kind: 'key', value: 'k' })).toMatchObject({ swapId: id });
  expect(await accepted.swapIndex.open()).toMatchObject([{ id }]);

  await upstream.submission();
  expect(await atPost[0]?.store.get(id)).toMatchObject({ submittingSince: expect.any(Number) });

  await expect.poll(() => readSwap(gateway, id)).toMatchObject({ status: 'PROCESSING' });
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  const ended = disk.afterPowerCut();
  expect(await ended.store.get(id)).toMatchObject({ status: 'SUCCEEDED' });
});

test('nothing is acknowledged or sent before the sync has completed: mark, sync, POST', async () => {
  const upstream = await startStubModelsLab();
  const order: string[] = [];
  const waiting: (() => void)[] = [];
  let isHeld = false;
  const gateway = await startGateway(upstream.env, {
    failpoint: (name) => order.push(name),
    async wrapSync(sync) {
      order.push('sync begins');
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
      await sync();
      order.push('sync ends');
    },
  });
  upstream.handle((call) => {
    order.push('POST');
    call.answer(200, answers.success(1));
  });
  // Written by startup itself.
  await expect.poll(() => order.at(-1)).toBe('sync ends');
  isHeld = true;
  onTestFinished(() => {
    isHeld = false;
    for (const release of waiting.splice(0)) release();
  });
  let isAnswered = false;
  const request = requestSwap(gateway).then((swap) => {
    isAnswered = true;
    return swap;
  });
  await expect.poll(() => waiting.length).toBe(1);
  await settle(200);
  expect(isAnswered).toBe(false);
  expect(order.slice(order.indexOf('before-claim'))).toEqual([
    'before-claim',
    'after-commit-before-sync',
    'sync begins',
  ]);

  waiting.shift()?.();
  const { id } = await request;
  await expect.poll(() => waiting.length).toBe(1);
  await settle(200);
  expect(order).not.toContain('before-post');
  expect(upstream.submissions()).toHaveLength(0);

  waiting.shift()?.();
  await upstream.submission();
  const marked = order.slice(order.indexOf('after-claim') + 1, order.indexOf('POST') + 1);
  expect(marked).toEqual(['after-commit-before-sync', 'sync begins', 'sync ends', 'before-post', 'POST']);

  // A result that is not on disk is shown to no one; once it is, to everyone.
  await expect.poll(() => waiting.length).toBe(1);
  let shown: unknown;
  const read = readSwap(gateway, id).then((swap) => {
    shown = swap?.status;
  });
  await settle(200);
  expect(shown).toBeUndefined();
  isHeld = false;
  for (const release of waiting.splice(0)) release();
  await read;
  expect(shown).toBe('SUCCEEDED');
});

test('concurrent requests share a sync, and those that arrive during it share the next one', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const disk = createForgetfulDisk();
  const gateway = await startGateway(
    { ...upstream.env, DATA_DIR: disk.dataDir, MODELSLAB_QUEUE_LIMIT: '1' },
    { wrapSync: disk.wrapSync },
  );
  await requestSwap(gateway, { trackId: 1 });
  await expect.poll(() => upstream.submissions().length).toBe(1);
  await settle();
  const before = disk.syncs();
  await Promise.all(Array.from({ length: 40 }, (_, n) => requestSwap(gateway, { trackId: n + 2 })));
  expect(disk.syncs() - before).toBeLessThan(30);
});

test('after a failed sync nothing is accepted, submitted or ready, and it is logged once', async () => {
  const upstream = await startStubModelsLab();
  let isBroken = false;
  const gateway = await startGateway(upstream.env, {
    async wrapSync(sync) {
      if (isBroken) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
      await sync();
    },
  });
  isBroken = true;
  await expect(requestSwap(gateway)).rejects.toThrow('UNAVAILABLE');
  isBroken = false;
  await expect(requestSwap(gateway)).rejects.toThrow('UNAVAILABLE');
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  expect(upstream.submissions()).toHaveLength(0);
  const lines = gateway.logs.lines().filter(({ msg }) => String(msg).startsWith('the database is lost'));
  expect(lines).toMatchObject([{ level: 'error', err: { message: expect.stringContaining('EIO') } }]);
});
