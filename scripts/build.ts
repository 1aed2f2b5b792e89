/**
 * Compiles the program to `dist/`, builds the Studio there, and copies the samples, the Lua scripts and what the Studio links to. Exits with the
 * compilers' status. With `--keep-studio`, an existing build of the Studio is kept.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { prerender } from '../web/prerender.ts';

const inRoot = (path: string): string => join(import.meta.dirname, '..', path);

async function run(script: string, ...args: string[]): Promise<void> {
  const compiler = spawn(process.execPath, [inRoot(`node_modules/${script}`), ...args], { stdio: 'inherit' });
  const [code] = (await once(compiler, 'exit')) as [number | null];
  if (code !== 0) process.exit(code ?? 1);
}

function remove(path: string): void {
  rmSync(inRoot(path), { recursive: true, force: true });
}

const isStudioKept = process.argv.includes('--keep-studio') && existsSync(inRoot('dist/web/index.html'));
if (existsSync(inRoot('dist'))) {
  for (const name of readdirSync(inRoot('dist'))) if (name !== 'web' || !isStudioKept) remove(`dist/${name}`);
}
await Promise.all([
  run('typescript/bin/tsc', '-p', inRoot('tsconfig.json'), '--declaration'),
  isStudioKept || run('vite/bin/vite.js', 'build', inRoot('web'), '--logLevel', 'warn'),
]);
if (!isStudioKept) await prerender(inRoot('dist/web'));
for (const folder of ['samples/pictures', 'src/backends/redis/scripts'])
  cpSync(inRoot(folder), inRoot(`dist/${folder}`), { recursive: true });
// The Studio links to them. As text, since browsers would save other types instead of showing them.
if (!isStudioKept)
  for (const file of ['docs/clients.md', 'schema/schema.graphql'])
    cpSync(inRoot(file), inRoot(`dist/web/docs/${basename(file)}.txt`));
// Served instead of the file itself to browsers that accept the encoding.
if (!isStudioKept)
  for (const file of globSync(inRoot('dist/web/**/*.{js,css,svg,txt}'))) {
    const bytes = readFileSync(file);
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(`${file}.br`, brotliCompressSync(bytes));
  }
