import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

/** A way in which a disk stops accepting writes. */
interface DiskFailure {
  /** A command that wraps the gateway's. */
  wrapper?(folder: string): string[];
  begin(pid: number, folder: string): void;
  end(pid: number, folder: string): void;
  cause: RegExp;
}

const limitFiles = (pid: number, bytes: string): void =>
  void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);

const ownFileSystem = (folder: string): string[] => [
  ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
  ...[`mount -t tmpfs -o size=8m tmpfs '${folder}' && exec "$@"`, 'sh'],
];
const canMount =
  spawnSync('unshare', [...ownFileSystem('/tmp').slice(1), 'true'], { stdio: 'ignore' }).status === 0;
/** A file in the gateway's file system. */
const fillerIn = (pid: number, folder: string): string => join(`/proc/${pid}/root`, folder, 'filler');

const failures: [string, DiskFailure][] = [
  [
    'files cannot grow',
    {
      begin: (pid) => limitFiles(pid, '1'),
      end: (pid) => limitFiles(pid, 'unlimited'),
      cause: /cannot be read or written .*disk I\/O error/,
    },
  ],
];
if (canMount)
  failures.push([
    'the disk is full',
    {
      wrapper: ownFileSystem,
      begin: (pid, folder) =>
        expect(() => writeFileSync(fillerIn(pid, folder), Buffer.alloc(16 * 1024 * 1024))).toThrow('ENOSPC'),
      end: (pid, folder) => rmSync(fillerIn(pid, folder)),
      cause: /cannot grow .*the disk is full/,
    },
  ]);

test.each(failures)(
  'while %s nothing is accepted or submitted and the gateway is not ready; then it recovers by itself',
  async (_, { wrapper, begin, end, cause }) => {
    const upstream = await startStubModelsLab();
    upstream.handle((call) =>
      upstream.submissions().length === 1
        ? call.answer(429, { ...answers.error('Rate limit exceeded.'), retry_after: 1 })
        : call.answer(200, answers.success(upstream.submissions().length)),
    );
    const folder = join(temporaryFolder(), 'data');
    mkdirSync(folder);
    const gateway = await startGatewayProcess(
      { ...upstream.env, DATA_DIR: folder, MODELSLAB_QUEUE_LIMIT: '1' },
      undefined,
      wrapper?.(folder),
    );
    const status = async (path: string): Promise<number> => (await fetch(gateway.url + path)).status;
    const storeFailures = (swap: string) =>
      gateway
        .output()
        .split('\n')
        .filter((line) => line.includes('"the store failed"') && line.includes(swap));
    const waiting = await requestSwap(gateway, { trackId: 1 });
    await expect
      .poll(() => readSwap(gateway, waiting.id))
      .toMatchObject({ status: 'QUEUED', queuePosition: 1 });
    expect(await status('/readyz')).toBe(200);

    const pid = gateway.child.pid ?? 0;
    begin(pid, folder);
    await expect(requestSwap(gateway, { trackId: 2 })).rejects.toThrow('UNAVAILABLE');
    expect(await status('/readyz')).toBe(503);
    expect(await status('/livez')).toBe(200);
    // Its pause has ended, and it has a slot.
    await expect.poll(() => storeFailures(waiting.id), { timeout: 10_000 }).not.toEqual([]);
    expect(storeFailures(waiting.id)[0]).toMatch(cause);
    expect(storeFailures(waiting.id)[0]).toContain('"operation":"save"');
    expect(upstream.submissions()).toHaveLength(1);
    expect(await status('/readyz')).toBe(503);

    end(pid, folder);
    expect(await status('/readyz')).toBe(200);
    await expect
      .poll(() => readSwap(gateway, waiting.id), { timeout: 10_000 })
      .toMatchObject({ status: 'SUCCEEDED' });
    const later = await requestSwap(gateway, { trackId: 3 }, { wait: 10 });
    expect(later).toMatchObject({ status: 'SUCCEEDED' });
    expect(upstream.submissions().map(({ body }) => body['track_id'])).toEqual([1, 1, 3]);
    expect(await gateway.kill('SIGTERM')).toBe(0);
  },
);
