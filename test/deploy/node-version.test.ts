import { expect, test } from 'vitest';
import { readProjectFile } from '../../testing/project-files.js';

const version = readProjectFile('.node-version').trim();
const [major] = version.split('.');
const manifest = JSON.parse(readProjectFile('package.json'));
const { packages } = JSON.parse(readProjectFile('package-lock.json'));

test('.node-version is an exact version', () => {
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('the Node packages that npm installs have this version', () => {
  const nodes = Object.entries(manifest.optionalDependencies).filter(([name]) => name.startsWith('node-'));
  expect(nodes.length).toBeGreaterThan(0);
  for (const [name, wanted] of nodes) {
    expect([name, wanted]).toEqual([name, version]);
    expect([name, packages[`node_modules/${name}`].version]).toEqual([name, version]);
  }
});

test('the image and the types are of the same major version', () => {
  const bases = [...readProjectFile('Dockerfile').matchAll(/^FROM node:(\d+)/gm)].map(([, base]) => base);
  expect(new Set(bases)).toEqual(new Set([major]));
  expect(manifest.devDependencies['@types/node'].split('.')[0]).toBe(major);
});

test('the least version is the same in package.json, at start and in the documents', () => {
  const [, least = ''] = /^>=(\d+\.\d+)$/.exec(manifest.engines.node) ?? [];
  const [leastMajor, leastMinor] = least.split('.');
  expect(Number(leastMajor)).toBeLessThanOrEqual(Number(major));
  expect(readProjectFile('src/main.ts')).toContain(
    `major < ${leastMajor} || (major === ${leastMajor} && minor < ${leastMinor})`,
  );
  for (const page of ['src/main.ts', 'README.md', 'CONTRIBUTING.md'])
    expect(readProjectFile(page)).toContain(`${least} or newer`);
});

test('the workflow takes its Node from .node-version', () => {
  expect(readProjectFile('.github/workflows/ci.yml')).toContain('node-version-file: .node-version');
});
