/**
 * `npm test -- [--slow] [arguments of vitest]`. With `--slow` every timeout of the tests is several times as long, for a
 * machine that is busy with other work.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const slowness = '5';
const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const given = process.argv.slice(2);
const args = given.filter((arg) => arg !== '--slow');
const env = args.length < given.length ? { ...process.env, TEST_SLOWNESS: slowness } : process.env;
const child = spawn(process.execPath, [vitest, 'run', ...args], { stdio: 'inherit', env });
// The terminal signals both; whoever signals this process alone means vitest.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
