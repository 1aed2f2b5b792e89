import { expect, test } from 'vitest';
import { readProjectFile } from '../../testing/project-files.js';

const version = readProjectFile('.node-version').trim();
const [major] = version.split('.');
const manifest = JSON.parse(readProjectFile('package.json'));
const { packages } = JSON.parse(readProjectFile('package-lock.json'));

test('.node-version is an exact version', () => {
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('the Node.js packages that npm installs have this version', () => {
  const nodes = Object.entries(manifest.optionalDependencies).filter(([name]) => name.startsWith('node-'));
  expect(nodes.length).toBeGreaterThan(0);
  for (const [name, wanted] of nodes) {
    expect([name, wanted]).toEqual([name, version]);
    expect([name, packages[`node_modules/${name}`].version]).toEqual([name, version]);
  }
});

test('the image is based on exactly this version, and on a named release of Debian', () => {
  const bases = [...readProjectFile('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  expect(new Set(bases)).toEqual(new Set([`node:${version}-bookworm-slim`]));
  expect(readProjectFile('Dockerfile')).toContain(`base.name="docker.io/library/${bases[0]}"`);
  expect(manifest.devDependencies['@types/node'].split('.')[0]).toBe(major);
});

test('the labels of the image name the version and the license of the package', () => {
  const labels = readProjectFile('Dockerfile').matchAll(/org\.opencontainers\.image\.(\w+)="([^"]*)"/g);
  const named = Object.fromEntries([...labels].map(([, name, value]) => [name, value]));
  expect(named).toMatchObject({
    title: manifest.name,
    version: manifest.version,
    licenses: manifest.license,
    revision: '$REVISION',
  });
  expect(manifest.description).toContain(named['description']);
});

test('the minimum version is the same in package.json, at startup and in the docs', () => {
  const [, minimum = ''] = /^>=(\d+\.\d+)$/.exec(manifest.engines.node) ?? [];
  const [minimumMajor, minimumMinor] = minimum.split('.');
  expect(Number(minimumMajor)).toBeLessThanOrEqual(Number(major));
  expect(readProjectFile('src/main.ts')).toContain(
    `major < ${minimumMajor} || (major === ${minimumMajor} && minor < ${minimumMinor})`,
  );
  for (const page of ['src/main.ts', 'README.md', 'CONTRIBUTING.md'])
    expect(readProjectFile(page)).toContain(`${minimum} or newer`);
});

test('the workflow reads the version of Node.js from .node-version', () => {
  expect(readProjectFile('.github/workflows/ci.yml')).toContain('node-version-file: .node-version');
});
