/**
 * `npm test -- [--slow] [arguments of vitest]`. `--slow` multiplies every timeout of the tests, for a machine that is
 * busy with other work.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const slowness = '5';
const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const given = process.argv.slice(2);
const args = given.filter((arg) => arg !== '--slow');
const env = args.length < given.length ? { ...process.env, TEST_SLOWNESS: slowness } : process.env;
const child = spawn(process.execPath, [vitest, 'run', ...args], { stdio: 'inherit', env });
// A terminal signals both processes; a signal to this one alone is meant for vitest.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
