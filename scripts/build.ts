/** Compiles the program to `dist/` and puts beside it what is not compiled: the Studio, the samples and the Lua scripts. Exits as the compilers do. */
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
for (const folder of ['samples/pictures', 'src/backends/redis/scripts'])
  cpSync(inRoot(folder), inRoot(`dist/${folder}`), { recursive: true });
// Served in the place of the file itself, to browsers that say so.
for (const file of globSync(inRoot('dist/web/**/*.{html,js,css,svg}'))) {
  const bytes = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes));
}
