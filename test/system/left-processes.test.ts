import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { killWithParent } from '../../testing/kill-with-parent.js';
import { childrenOf, isAlive } from '../../testing/process-facts.js';
import { testTimeoutMs } from '../../testing/timeouts.js';

const root = join(import.meta.dirname, '../..');

/** Starts a run of these fixtures and records its processes while it lasts. */
function startRun(...fixtures: string[]) {
  const seen = new Map<number, string>();
  const run = killWithParent(
    spawn(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        ...['run', '--config', join(root, 'testing/left-processes/vitest.config.ts')],
        ...fixtures,
      ],
      { stdio: 'ignore', detached: true },
    ),
  );
  const polling = setInterval(() => {
    for (const pid of descendantsOf(run)) seen.set(pid, nameOf(pid) || (seen.get(pid) ?? ''));
  }, 50);
  const left = () => [...seen].filter(([pid]) => isAlive(pid));
  onTestFinished(() => {
    clearInterval(polling);
    for (const [pid] of left()) process.kill(pid, 'SIGKILL');
  });
  return { run, left, names: () => [...seen.values()] };
}

function descendantsOf({ pid }: ChildProcess): number[] {
  const all = [pid ?? 0];
  for (const one of all) all.push(...childrenOf(one));
  return all;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

test('a killed test run leaves no process behind', async () => {
  const { run, names, left } = startRun('killed');
  await expect
    .poll(names, { timeout: testTimeoutMs / 2 })
    .toEqual(expect.arrayContaining(['redis-server', 'nginx', expect.stringContaining('chrom')]));
  run.kill('SIGKILL');
  await expect.poll(left).toEqual([]);
});

test('neither a setup that hangs nor one that throws leaves a process behind', async () => {
  const { run, names, left } = startRun('setup-hangs', 'setup-throws');
  const [exitCode] = await once(run, 'exit');
  expect(exitCode).toBe(1);
  expect(names().filter((name) => name === 'redis-server')).toHaveLength(2);
  expect(names()).toContain('nginx');
  await expect.poll(left).toEqual([]);
});
