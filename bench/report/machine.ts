import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { loadGenerator } from '../load/http-load.ts';
import { benchRoot } from '../process/child.ts';
import { canPin } from '../process/pin.ts';

/** Facts about the machine that the figures depend on. */
export function describeMachine(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(benchRoot, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const peers = [
    '@apollo/server',
    '@as-integrations/fastify',
    'fastify',
    'graphql',
    'graphql-yoga',
    'mercurius',
    'undici',
    'ws',
  ];
  return [
    `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    canPin
      ? 'the server on one core, all load generators on the other (taskset)'
      : 'server and load share the cores: no taskset, or only one core',
    `Node ${process.versions.node}, V8 ${process.versions.v8}, SQLite ${process.versions['sqlite'] ?? ''}`,
    peers.map((name) => `${name} ${dependencies[name]}`).join(', '),
    `load by ${loadGenerator}`,
  ];
}

/** The commit that is measured. */
export function describeCommit(): string {
  const git = (...args: string[]): string =>
    spawnSync('git', args, { cwd: benchRoot, encoding: 'utf8' }).stdout?.trim() ?? '';
  const isDirty = git('status', '--porcelain', '--untracked-files=no', '..') !== '';
  return `${git('rev-parse', '--short', 'HEAD') || 'unknown'}${isDirty ? ' with changes' : ''}`;
}
