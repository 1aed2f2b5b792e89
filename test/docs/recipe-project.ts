import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Recipes, readRecipes } from './read-recipes.js';
import { type Run, startProgram } from './recipe-process.js';

/** Projects of users who copied the recipes. They see this package only through its exports. */
export interface RecipeProjects {
  folder: string;
  /** Names of the recipes for pages. */
  pages: string[];
  write(path: string, text: string): void;
  /** Runs a script of `node_modules`, as `npx` does. */
  tool(folder: string, script: string, ...args: string[]): Run;
  /** Runs a program of a recipe, such as `node/swap-client.ts`. */
  run(program: string, env: Record<string, string>): Run;
  /** Stops whatever is still running. */
  remove(): void;
}

const root = join(import.meta.dirname, '../..');
const packages = join(root, 'schema-checks/node_modules');

const strict = {
  target: 'es2023',
  strict: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  // The declarations of relay-runtime 21 do not compile.
  skipLibCheck: true,
  noEmit: true,
};
const pageOptions = {
  ...strict,
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  jsx: 'react-jsx',
  types: ['vite/client'],
};
const nodeOptions = {
  ...strict,
  lib: ['es2024', 'dom', 'dom.iterable'],
  module: 'nodenext',
  types: ['node'],
};

const indexHtml =
  '<!doctype html><title>Recipe</title><div id="root"></div><script type="module" src="./src/main.tsx"></script>';
const mainTsx = `import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import App from './App.tsx';

const root = document.getElementById('root');
if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
`;
const viteConfig = (pages: string[]): string => `import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import relay from 'vite-plugin-relay';

const input = ${JSON.stringify(pages.map((page) => `${page}/index.html`))};
export default defineConfig({ plugins: [react(), relay], build: { rolldownOptions: { input } } });
`;

const interpreters: Record<string, string> = { ts: process.execPath, sh: 'sh', py: 'python3' };
/** Recipes that are no pages. */
const programs = ['node', 'shell', 'python'];
/** Pages that use files of another recipe. */
const borrowed: Record<string, string> = { 'apollo-list': 'apollo', uploads: 'fetch' };

/** The packages for clients as `npm run pack:clients` packed them. */
function unpackClients(modules: string): void {
  for (const tarball of globSync(join(root, 'dist/clients/*.tgz'))) {
    const [, name = ''] = /^face-swap-gateway-([a-z]+)-/.exec(basename(tarball)) ?? [];
    const to = join(modules, '@face-swap-gateway', name);
    mkdirSync(to, { recursive: true });
    execFileSync('tar', ['xzf', tarball, '-C', to, '--strip-components=1']);
  }
}

/** @param recipes those of `docs/clients.md`, unless others are given */
export function createRecipeProjects({ shared, own }: Recipes = readRecipes()): RecipeProjects {
  const folder = mkdtempSync(join(tmpdir(), 'face-swap-recipes-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  symlinkSync(packages, join(folder, 'node_modules'));
  write('package.json', JSON.stringify({ type: 'module' }));
  write(
    'tsconfig.json',
    JSON.stringify({ compilerOptions: pageOptions, include: ['*/src', 'vite.config.ts'] }),
  );

  const pages = [...own.keys()].filter((name) => !programs.includes(name));
  for (const page of pages) {
    write(`${page}/index.html`, indexHtml);
    write(`${page}/src/main.tsx`, mainTsx);
    cpSync(join(root, 'schema/schema.graphql'), join(folder, page, 'src/schema.graphql'));
    for (const { name, text } of [
      ...shared,
      ...(own.get(borrowed[page] ?? '') ?? []),
      ...(own.get(page) ?? []),
    ])
      write(`${page}/${name.endsWith('.config.json') ? name : `src/${name}`}`, text);
  }
  write('vite.config.ts', viteConfig(pages));
  for (const program of programs)
    for (const { name, text } of own.get(program) ?? []) write(`${program}/${name}`, text);
  write('node/package.json', JSON.stringify({ type: 'module' }));
  write('node/tsconfig.json', JSON.stringify({ compilerOptions: nodeOptions, include: ['*.ts'] }));
  for (const project of ['node', ...pages]) unpackClients(join(folder, project, 'node_modules'));

  const life = new AbortController();
  const options = (cwd: string, env: Record<string, string> = {}) => ({
    cwd: join(folder, cwd),
    env: { PATH: process.env['PATH'] ?? '', ...env },
    signal: life.signal,
  });
  return {
    folder,
    pages,
    write,
    tool: (cwd, script, ...args) =>
      startProgram(process.execPath, [join(packages, script), ...args], options(cwd)),
    run(program, env) {
      const interpreter = interpreters[program.split('.').at(-1) ?? ''] ?? program;
      return startProgram(interpreter, [join(folder, program)], options(dirname(program), env));
    },
    remove() {
      life.abort();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
