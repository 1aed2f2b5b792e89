/**
 * Compiles the program to `dist/` and adds what is not compiled: the Studio and the samples. Exits with the compilers'
 * status.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const inRoot = (path: string): string => join(import.meta.dirname, '..', path);

async function run(script: string, ...args: string[]): Promise<void> {
  const compiler = spawn(process.execPath, [inRoot(`node_modules/${script}`), ...args], { stdio: 'inherit' });
  const [code] = (await once(compiler, 'exit')) as [number | null];
  if (code !== 0) process.exit(code ?? 1);
}

rmSync(inRoot('dist'), { recursive: true, force: true });
await Promise.all([
  run('typescript/bin/tsc', '-p', inRoot('tsconfig.json'), '--declaration'),
  run('vite/bin/vite.js', 'build', inRoot('web'), '--logLevel', 'warn'),
]);
cpSync(inRoot('samples/pictures'), inRoot('dist/samples/pictures'), { recursive: true });
// Served instead of the file itself to browsers that accept the encoding.
for (const file of globSync(inRoot('dist/web/**/*.{html,js,css,svg}'))) {
  const bytes = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes));
}
