import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killWithParent } from '../../testing/kill-with-parent.js';

const root = join(import.meta.dirname, '../..');
const checks = join(root, 'package-checks');

/** The packages for clients, as `npm run pack:clients` packed them. */
export const tarballs = globSync(join(root, 'dist/clients/*.tgz')).sort();

export interface Result {
  exitCode: number | null;
  /** stdout and stderr. */
  output: string;
}

/** Projects of other people, each in a folder outside of this repository. */
export interface AppProjects {
  /** An empty project. */
  createEmpty(): string;
  /** A copy of `package-checks/apps/NAME` with the dependencies of all apps, and the packed packages. */
  create(name: string): Promise<string>;
  remove(): void;
}

/** As in a shell: without what npm and vitest add for programs that they run. */
export const shellEnv: Record<string, string | undefined> = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(NODE_ENV|VITEST.*|npm_(package|lifecycle)_.*|INIT_CWD)$/.test(name),
  ),
);

export async function run(
  folder: string,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Result> {
  const child = killWithParent(
    spawn(command, args, {
      cwd: folder,
      env: { ...shellEnv, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    }),
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, output };
}

/** @throws Error with the output if the command fails */
export async function succeed(...command: Parameters<typeof run>): Promise<string> {
  const { exitCode, output } = await run(...command);
  if (exitCode !== 0) throw new Error(`${command[1]} ${command[2].join(' ')}: ${exitCode}\n${output}`);
  return output;
}

/** Copies a folder with hard links, which nobody may write to in place. */
const link = (from: string, to: string): Promise<string> => succeed('/', 'cp', ['-al', from, to]);

export function createAppProjects(): AppProjects {
  const home = mkdtempSync(join(tmpdir(), 'face-swap-packages-'));
  let template: Promise<string> | undefined;

  async function install(): Promise<string> {
    const folder = join(home, 'template');
    mkdirSync(folder);
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(join(checks, file), join(folder, file));
    await link(join(checks, 'node_modules'), join(folder, 'node_modules'));
    // npm writes to this one in place.
    rmSync(join(folder, 'node_modules/.package-lock.json'));
    copyFileSync(
      join(checks, 'node_modules/.package-lock.json'),
      join(folder, 'node_modules/.package-lock.json'),
    );
    await succeed(folder, 'npm', ['install', '--ignore-scripts', '--loglevel=error', ...tarballs]);
    return folder;
  }

  return {
    createEmpty() {
      const folder = mkdtempSync(join(home, 'empty-'));
      writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
      return folder;
    },
    async create(name) {
      template ??= install();
      const from = await template;
      const folder = join(home, name);
      cpSync(join(checks, 'apps', name), folder, { recursive: true });
      copyFileSync(join(from, 'package-lock.json'), join(folder, 'package-lock.json'));
      await link(join(from, 'node_modules'), join(folder, 'node_modules'));
      return folder;
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
