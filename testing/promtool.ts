import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

const unpacked = join(import.meta.dirname, '../node_modules/.cache/promtool');

/**
 * Runs promtool, from PATH or from where scripts/ensure-promtool puts it.
 * @throws Error if there is none
 */
export function promtool(args: readonly string[], cwd: string): { passes: boolean; output: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: [process.env['PATH'], unpacked].join(delimiter) },
  });
  if (error) throw new Error(`promtool: ${error.message}; run scripts/ensure-promtool`);
  return { passes: status === 0, output: stdout + stderr };
}
