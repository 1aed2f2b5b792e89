/**
 * Compiles the packages for clients, each as ES modules and as CommonJS, and packs them: `npm run pack:clients [-- FOLDER]`, default
 * `dist/clients`. Prints the paths of the tarballs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');

async function run(command: string, ...args: string[]): Promise<string> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return output;
  process.stderr.write(output);
  throw new Error(`${command} ${args.join(' ')} exited with ${code}`);
}

/** @throws Error if the text of the file is not what this script was written for */
function rewrite(path: string, edit: (text: string) => string, isDone: (text: string) => boolean): void {
  const text = edit(readFileSync(path, 'utf8'));
  if (!isDone(text)) throw new Error(`${path} has another form: adapt ${import.meta.filename}`);
  writeFileSync(path, text);
}

const typeImport = "import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';";
const ownType =
  'export interface DocumentTypeDecoration<TResult, TVariables> { __apiType?: (variables: TVariables) => TResult; }';

/** Compiles into `dist/` of the folder `to`, next to which the packages that it imports have been compiled. */
async function compile(source: string, to: string): Promise<void> {
  const config = join(to, 'tsconfig.json');
  const compilerOptions = {
    rootDir: source,
    typeRoots: [join(root, 'node_modules/@types')],
    paths: { '@face-swap-gateway/*': [join(to, '../*/dist/esm/src/index.d.ts')] },
  };
  const include = [join(source, 'src')];
  writeFileSync(config, JSON.stringify({ extends: join(source, 'tsconfig.json'), compilerOptions, include }));
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-p', config, '--outDir'];
  await Promise.all([
    run(process.execPath, ...tsc, join(to, 'dist/esm')),
    run(process.execPath, ...tsc, join(to, 'dist/cjs'), '--module', 'commonjs'),
  ]);
  writeFileSync(join(to, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n');
  // Users of the package should not have to install a package for one type.
  for (const path of globSync(join(to, 'dist/*/generated/graphql.d.ts')))
    rewrite(
      path,
      (text) => text.replace(typeImport, ownType),
      (text) => !text.includes('typed-document-node'),
    );
  // Plain strings, which bundlers drop if they are unused, without hashes and white space.
  for (const path of globSync(join(to, 'dist/*/generated/graphql.js')))
    rewrite(
      path,
      (text) =>
        text.replaceAll(/new TypedDocumentString\((`[^`]+`)(, \{[^}]*\})?\)/g, (_all, document: string) =>
          document.replaceAll(/\s+/g, ' '),
        ),
      (text) => !text.includes('new TypedDocumentString'),
    );
}

const { positionals } = parseArgs({ allowPositionals: true });
const target = resolve(positionals[0] ?? join(root, 'dist/clients'));
mkdirSync(target, { recursive: true });
const work = mkdtempSync(join(tmpdir(), 'face-swap-pack-'));
try {
  for (const path of globSync('packages/*/package.json', { cwd: root }).sort()) {
    const source = join(root, path, '..');
    const copy = join(work, basename(source));
    mkdirSync(copy);
    for (const file of [join(source, 'package.json'), join(source, 'README.md'), join(root, 'LICENSE')])
      if (existsSync(file)) copyFileSync(file, join(copy, basename(file)));
    await compile(source, copy);
    const options = ['--pack-destination', target, '--json', '--ignore-scripts', '--workspaces=false'];
    const [packed] = JSON.parse(await run('npm', 'pack', copy, ...options)) as [{ filename: string }];
    process.stdout.write(`${relative(process.cwd(), join(target, packed.filename))}\n`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
