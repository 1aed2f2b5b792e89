import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSqliteConsents } from '../../src/backends/sqlite/consents.js';
import { openSqliteDatabase } from '../../src/backends/sqlite/database.js';
import { createDueClock } from '../../src/backends/sqlite/due-clock.js';
import { createSqliteOutbox } from '../../src/backends/sqlite/outbox.js';
import { createSqliteSchedule } from '../../src/backends/sqlite/schedule.js';
import { createSqliteSwapIndex } from '../../src/backends/sqlite/swap-index.js';
import { createSqliteSwapStore } from '../../src/backends/sqlite/swap-store.js';
import { createSqliteUsage } from '../../src/backends/sqlite/usage.js';
import { logStoreFailures } from '../../src/backends/store-failures.js';
import { systemClock } from '../../src/lib/clock.js';
import { queuedSwap } from '../../src/swap/swap.js';
import { type CapturedLog, captureLog } from '../../testing/capture-log.js';
import { openEmbeddedBackend, storeEnded } from '../../testing/embedded-backend.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, readSwap, requestSwap, watchToEnd } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { patienceMs } from '../../testing/timeouts.js';

const databaseOf = (folder: string): string => join(folder, 'gateway.sqlite');
const hourMs = 3_600_000;
const lostLines = (logs: CapturedLog) =>
  logs.lines().filter(({ msg }) => String(msg).startsWith('the database is lost'));

/** Ways in which an operator, or a tool, removes the database of a running gateway. */
const losses: [string, (folder: string) => void][] = [
  ['the directory is deleted', (folder) => rmSync(folder, { recursive: true })],
  ['the directory is renamed', (folder) => renameSync(folder, `${folder}-away`)],
  ['the file is deleted', (folder) => rmSync(databaseOf(folder))],
  ['its log is deleted', (folder) => rmSync(`${databaseOf(folder)}-wal`)],
  [
    'the file is replaced by a copy',
    (folder) => {
      cpSync(databaseOf(folder), `${databaseOf(folder)}.copy`);
      renameSync(`${databaseOf(folder)}.copy`, databaseOf(folder));
    },
  ],
];

test.each(losses)('when %s, it is detected within a minute, logged once, and permanent', async (_, lose) => {
  const folder = join(temporaryFolder(), 'data');
  const clock = createManualClock(Date.now());
  const logs = captureLog();
  const backend = openEmbeddedBackend({ dataDir: folder, clock, log: logs.log });
  await clock.advance(hourMs);
  expect(lostLines(logs)).toEqual([]);
  lose(folder);
  await clock.advance(60_000);
  expect(lostLines(logs)).toMatchObject([
    { level: 'error', err: { message: expect.stringContaining(databaseOf(folder)) } },
  ]);
  await expect(backend.store.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  // Restored, it would not be the file that is open.
  mkdirSync(folder, { recursive: true });
  writeFileSync(databaseOf(folder), '');
  await clock.advance(hourMs);
  await expect(backend.store.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(lostLines(logs)).toHaveLength(1);
  rmSync(`${folder}-away`, { recursive: true, force: true });
});

test.each(losses)(
  'when %s, nothing new is accepted or submitted, and paid results still reach their clients',
  async (_, lose) => {
    const upstream = await startStubModelsLab();
    upstream.handle((call) => call.answer(200, answers.processing(upstream.submissions().length, 600)));
    const folder = join(temporaryFolder(), 'data');
    const gateway = await startGateway({ ...upstream.env, DATA_DIR: folder, MODELSLAB_QUEUE_LIMIT: '1' });
    const running = await requestSwap(gateway, { trackId: 1 });
    await expect.poll(() => readSwap(gateway, running.id)).toMatchObject({ status: 'PROCESSING' });
    const waiting = await requestSwap(gateway, { trackId: 2 });
    const watched = watchToEnd(gateway, running.id);
    lose(folder);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
    await expect(requestSwap(gateway, { trackId: 3 })).rejects.toThrow('UNAVAILABLE');
    expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
    expect((await watched).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await readSwap(gateway, waiting.id)).toMatchObject({ status: 'QUEUED' });
    expect(upstream.submissions()).toHaveLength(1);
    expect(lostLines(gateway.logs)).toHaveLength(1);
    rmSync(`${folder}-away`, { recursive: true, force: true });
  },
);

test('on a full disk writes are UNAVAILABLE with the swap and the cause in the log, until there is space again', async () => {
  const logs = captureLog();
  const database = openSqliteDatabase(temporaryFolder());
  onTestFinished(() => database.close());
  const dueClock = createDueClock(database, systemClock);
  const { store, swapIndex } = logStoreFailures(
    {
      store: createSqliteSwapStore(database, { clock: systemClock, pendingTtlMs: hourMs }),
      swapIndex: createSqliteSwapIndex(database),
      outbox: createSqliteOutbox(database, dueClock),
      latePolls: createSqliteSchedule(database, 'late_polls', dueClock),
      usage: createSqliteUsage(database),
      consents: createSqliteConsents(database, systemClock),
    },
    logs.log,
    systemClock,
  );
  const swap = queuedSwap(crypto.randomUUID(), 'ann', { ...images, watermark: true }, Date.now());
  const large = {
    ...swap,
    request: { ...swap.request, initImage: `https://x.example/${'x'.repeat(50_000)}` },
  };
  const [pages] = Object.values(database.db.prepare('PRAGMA page_count').get() ?? {});
  database.db.exec(`PRAGMA max_page_count = ${Number(pages) + 2}`);
  const claims = { fingerprint: 'x', guard: { kind: 'key', value: 'k' } } as const;
  await expect(store.create(large, claims)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(logs.lines()).toMatchObject([
    {
      level: 'error',
      swap: swap.id,
      operation: 'create',
      err: { message: expect.stringMatching(/gateway\.sqlite .*disk is full/) },
    },
  ]);
  expect(await store.get(swap.id)).toBeUndefined();
  expect(await swapIndex.holder('ann', claims.guard)).toBeUndefined();
  expect(await swapIndex.open()).toEqual([]);
  database.db.exec('PRAGMA max_page_count = 100000');
  expect(await store.create(large, claims)).toBeUndefined();
  expect(await store.get(swap.id)).toEqual(large);
});

/** A directory with this many finished swaps. */
async function filledFolder(count: number): Promise<{ folder: string; ids: string[] }> {
  const folder = temporaryFolder();
  const backend = openEmbeddedBackend({ dataDir: folder });
  const ids = await storeEnded(backend, count, Date.now() + hourMs);
  await backend.close();
  return { folder, ids };
}

function overwrite(path: string, from: number, bytes: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(bytes, 'garbage '), 0, bytes, from);
  closeSync(file);
}

test('damage detected at run time is UNAVAILABLE, with file, damage, remedy and swap in the log', async () => {
  const { folder, ids } = await filledFolder(6000);
  const gateway = await startGateway({ DATA_DIR: folder, RATE_LIMIT: '100000' });
  const path = databaseOf(folder);
  overwrite(path, 16 * 4096, statSync(path).size - 16 * 4096);
  const engineLines = () => gateway.logs.lines().filter(({ msg }) => msg === 'the store failed');
  for (const id of ids.slice(0, 300)) {
    const { errors } = await gateway.graphql('query ($id: ID!) { swapResult(id: $id) { id } }', { id });
    if (errors) expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
  }
  expect(engineLines().length).toBeGreaterThan(0);
  expect(engineLines().length).toBeLessThan(60);
  const first = engineLines().find(({ swap }) => ids.includes(String(swap)));
  if (!first) throw new Error('no swap is named');
  const { message } = first['err'] as { message: string };
  expect(message).toContain(path);
  expect(message).toMatch(/is damaged .*malformed.*restore the newest backup.*docs\/operations\/backups\.md/);
});

const damages: [string, (path: string) => void][] = [
  ['is not a database', (path) => writeFileSync(path, 'garbage '.repeat(2000))],
  ['is truncated', (path) => truncateSync(path, 8192)],
  ['is truncated within a page', (path) => truncateSync(path, statSync(path).size - 3000)],
  ['has garbage in the middle', (path) => overwrite(path, 16 * 4096, 40_000)],
  ['has garbage in its header', (path) => overwrite(path, 100, 1000)],
];

test.each(damages)('a gateway exits with 1 and one clear line when its database %s', async (_, damage) => {
  const { folder } = await filledFolder(500);
  const path = databaseOf(folder);
  damage(path);
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../../dist/src/main.js')],
    {
      env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: folder },
      encoding: 'utf8',
      timeout: 2 * patienceMs,
    },
  );
  expect(status).toBe(1);
  const lines = stderr.split('\n').filter((line) => line !== '');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(path);
  expect(lines[0]).toMatch(/is damaged .*restore the newest backup.*docs\/operations\/backups\.md/);
});

test('an unreadable record does not affect other swaps, and is named in the log', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(upstream.submissions().length)));
  const folder = temporaryFolder();
  const first = openEmbeddedBackend({ dataDir: folder });
  const [crooked, good] = [1, 2].map(() =>
    queuedSwap(crypto.randomUUID(), 'local', { ...images, watermark: true }, Date.now()),
  ) as [ReturnType<typeof queuedSwap>, ReturnType<typeof queuedSwap>];
  for (const swap of [crooked, good]) await first.store.create(swap, { fingerprint: 'x' });
  await first.close();
  const database = openSqliteDatabase(folder);
  database.db.prepare("UPDATE pending SET value = '{' WHERE key = ?").run(crooked.id);
  database.close();

  const gateway = await startGateway({ ...upstream.env, DATA_DIR: folder });
  await expect.poll(() => readSwap(gateway, good.id)).toMatchObject({ status: 'SUCCEEDED' });
  await expect(readSwap(gateway, crooked.id)).rejects.toThrow('UNAVAILABLE');
  expect(upstream.submissions()).toHaveLength(1);
  expect(gateway.logs.lines()).toContainEqual(
    expect.objectContaining({ level: 'error', msg: 'the store failed', swap: crooked.id }),
  );
});
