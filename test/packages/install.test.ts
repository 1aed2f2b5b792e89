import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createAppProjects, succeed, tarballs } from './app-projects.js';

const projects = createAppProjects();
afterAll(() => projects.remove());

const clientTarball = tarballs.filter((path) => basename(path).startsWith('face-swap-gateway-client-'));

test('the client alone installs graphql-ws and graphql only, small, without programs and scripts', async () => {
  expect(clientTarball).toHaveLength(1);
  const project = projects.createEmpty();
  await succeed(project, 'npm', ['install', '--loglevel=error', ...clientTarball]);

  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean; bin?: object }>;
  };
  const installed = Object.entries(lock.packages).filter(([path]) => path !== '');
  expect(installed.map(([path]) => path.replace('node_modules/', '')).sort()).toEqual([
    '@face-swap-gateway/client',
    'graphql',
    'graphql-ws',
  ]);
  expect(installed.filter(([, { hasInstallScript, bin }]) => hasInstallScript || bin)).toEqual([]);
  expect(existsSync(join(project, 'node_modules/.bin'))).toBe(false);
  expect(sizeOf(join(project, 'node_modules/@face-swap-gateway/client'))).toBeLessThan(256 * 1024);
  expect(sizeOf(join(project, 'node_modules'))).toBeLessThan(8 * 1024 * 1024);
});

test('each package contains its code, types, readme and license, and nothing else', async () => {
  const project = projects.createEmpty();
  await succeed(project, 'npm', ['install', '--loglevel=error', ...tarballs]);
  const scope = join(project, 'node_modules/@face-swap-gateway');
  expect(readdirSync(scope)).toHaveLength(tarballs.length);
  for (const name of readdirSync(scope)) {
    const files = globSync('**/*', { cwd: join(scope, name) }).filter((path) =>
      statSync(join(scope, name, path)).isFile(),
    );
    const strange = files.filter(
      (path) => !/^dist\/(esm|cjs)\/.*\.(js|d\.ts)$/.test(path) && path !== 'dist/cjs/package.json',
    );
    expect({ name, strange: strange.sort() }).toEqual({
      name,
      strange: ['LICENSE', 'README.md', 'package.json'],
    });
  }
});

const sizeOf = (folder: string): number =>
  globSync('**/*', { cwd: folder })
    .map((path) => statSync(join(folder, path)))
    .filter((stat) => stat.isFile())
    .reduce((sum, { size }) => sum + size, 0);
