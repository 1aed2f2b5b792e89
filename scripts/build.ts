/** Compiles the program to `dist/` and puts beside it what is not compiled. Exits as the compiler does. */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const inRoot = (path: string): string => join(import.meta.dirname, '..', path);

rmSync(inRoot('dist'), { recursive: true, force: true });
const compiler = spawnSync(
  process.execPath,
  [inRoot('node_modules/typescript/bin/tsc'), '-p', inRoot('tsconfig.json'), '--declaration'],
  { stdio: 'inherit' },
);
if (compiler.status !== 0) process.exit(compiler.status ?? 1);
cpSync(inRoot('src/sandbox/samples'), inRoot('dist/src/sandbox/samples'), { recursive: true });
