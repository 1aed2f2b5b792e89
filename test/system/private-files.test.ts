import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { protectDataDir } from '../../src/app/data-dir.js';
import { captureLog } from '../../testing/capture-log.js';
import { samplePicture } from '../../testing/pictures.js';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { upload } from '../../testing/upload.js';

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

/** Modes of a folder and everything in it, by relative path. */
function modesIn(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(['.', ...paths].map((path) => [path, modeOf(join(folder, path))]));
}

/** Entries that others may use: not a folder with 0700 and not a file with 0600. */
function exposed(folder: string): string[] {
  const isPrivate = (path: string, mode: string): boolean =>
    mode === (statSync(join(folder, path)).isDirectory() ? '700' : '600');
  return Object.entries(modesIn(folder)).flatMap(([path, mode]) =>
    isPrivate(path, mode) ? [] : [`${path} ${mode}`],
  );
}

test('a new data directory is for this user only, with everything in it', async () => {
  const DATA_DIR = join(temporaryFolder(), 'nested/data');
  const gateway = await startGateway({ DATA_DIR });
  expect((await upload(gateway, samplePicture('ada'))).status).toBe(201);
  await requestSwap(gateway);
  expect(Object.keys(modesIn(DATA_DIR))).toEqual(
    expect.arrayContaining(['gateway.sqlite', 'gateway.sqlite-wal', 'webhook-secret', 'uploads', 'incoming']),
  );
  expect(exposed(DATA_DIR)).toEqual([]);
});

test('an existing data directory is corrected, with everything that a gateway keeps in it', async () => {
  const DATA_DIR = temporaryFolder();
  const first = await startGateway({ DATA_DIR });
  const { picture } = await upload(first, samplePicture('ada'));
  await first.gateway.close();
  for (const path of Object.keys(modesIn(DATA_DIR))) chmodSync(join(DATA_DIR, path), 0o755);
  writeFileSync(join(DATA_DIR, 'gateway.sqlite-wal'), '', { mode: 0o644 });

  const second = await startGateway({ DATA_DIR });
  expect(exposed(DATA_DIR)).toEqual([]);
  expect((await fetch(second.url + new URL(picture.url).pathname)).status).toBe(200);
  expect(second.logs.lines().filter(({ level }) => level === 'warn')).toEqual([]);
});

test('other files in the directory, and what a link in it points to, keep their modes', () => {
  const folder = temporaryFolder();
  const elsewhere = join(temporaryFolder(), 'elsewhere.jpg');
  for (const path of [elsewhere, join(folder, 'notes.txt')]) writeFileSync(path, '', { mode: 0o644 });
  mkdirSync(join(folder, 'uploads'));
  symlinkSync(elsewhere, join(folder, 'uploads/link.jpg'));
  symlinkSync(temporaryFolder(), join(folder, 'incoming'));
  const { log, lines } = captureLog();
  protectDataDir(folder, log);
  expect([elsewhere, join(folder, 'notes.txt')].map(modeOf)).toEqual(['644', '644']);
  expect(modeOf(join(folder, 'uploads'))).toBe('700');
  expect(lines()).toEqual([]);
});

test('where modes cannot or must not be changed, the log says so once', () => {
  const shared = temporaryFolder();
  chmodSync(shared, 0o1777);
  for (const folder of ['/proc/self', shared]) {
    const before = modeOf(folder);
    const { log, lines } = captureLog();
    protectDataDir(folder, log);
    expect(modeOf(folder)).toBe(before);
    expect(lines()).toMatchObject([{ level: 'warn', paths: [folder], count: 1 }]);
  }
  const { log, lines } = captureLog();
  protectDataDir(join(shared, 'missing'), log);
  expect(lines()).toEqual([]);
});
