import { type SpawnOptionsWithoutStdio, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { killWithParent } from '../../testing/kill-with-parent.js';
import type { RecipeFile } from './recipe.js';

export interface Ending {
  exitCode: number | null;
  /** All printed lines. */
  lines: string[];
  complaints: string;
}

export interface Run {
  ended: Promise<Ending>;
  /** Resolves when a line begins with this text, even if it was printed before; rejects if the program exits without one. */
  printed(beginning: string): Promise<void>;
  /** The lines printed so far. */
  lines(): readonly string[];
}

/** A project of a user who copied the recipes: it sees this package only through its exports. */
export interface RecipeProject {
  /** Runs a script of `node_modules`, as `npx` does. */
  tool(script: string, ...args: string[]): Run;
  run(program: string, env: Record<string, string>): Run;
  /** Stops whatever is still running. */
  remove(): void;
}

const root = join(import.meta.dirname, '../..');
const compilerOptions = {
  target: 'es2023',
  lib: ['es2024', 'dom', 'dom.iterable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
};

export function createRecipeProject(files: RecipeFile[]): RecipeProject {
  const home = mkdtempSync(join(tmpdir(), 'face-swap-recipes-'));
  const folder = join(home, 'project');
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/face-swap-gateway'));
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  copyFileSync(join(root, 'schema/schema.graphql'), join(folder, 'schema.graphql'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  for (const { name, text } of files) writeFileSync(join(folder, name), text);

  const life = new AbortController();
  const start = (args: string[], env: Record<string, string> = {}): Run =>
    startProgram(args, {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      signal: life.signal,
    });
  return {
    tool: (script, ...args) => start([join(root, 'node_modules', script), ...args]),
    run: (program, env) => start([`${program}.ts`], env),
    remove() {
      life.abort();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function startProgram(args: string[], options: SpawnOptionsWithoutStdio): Run {
  const child = killWithParent(spawn(process.execPath, args, { ...options, detached: true }));
  child.stdin.end();
  child.on('error', () => undefined);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let complaints = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  child.stderr.on('data', (chunk) => {
    complaints += String(chunk);
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, lines, complaints }));
  });
  const printed = (beginning: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (lines.some((line) => line.startsWith(beginning))) resolve();
      };
      waiting.add(look);
      look();
      void ended.then((ending) => reject(new Error(`${args.join(' ')}: ${JSON.stringify(ending)}`)));
    });
  return { ended, printed, lines: () => lines };
}
