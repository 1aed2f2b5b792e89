import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

const cache = join(import.meta.dirname, '../node_modules/.cache');

/**
 * Runs a tool from PATH, or from where `scripts/ensure-NAME` unpacks it.
 * @throws Error if there is none
 */
export function runTool(
  name: 'kubectl' | 'promtool',
  args: readonly string[],
  cwd: string,
): { passes: boolean; stdout: string; output: string } {
  const { status, stdout, stderr, error } = spawnSync(name, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: [process.env['PATH'], join(cache, name)].join(delimiter) },
  });
  if (error) throw new Error(`${name}: ${error.message}; run scripts/ensure-${name}`);
  return { passes: status === 0, stdout, output: stdout + stderr };
}
