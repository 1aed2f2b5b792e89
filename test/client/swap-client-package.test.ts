import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installedNode, installPackedClients, type PackedClients } from '../../testing/packed-clients.js';
import { projectFiles, readProjectFile } from '../../testing/project-files.js';
import { startSseGateway } from '../../testing/sse-gateway.js';
import { startGateway } from '../../testing/start-gateway.js';

const root = join(import.meta.dirname, '../..');
let packed: PackedClients;
let project = '';
beforeAll(() => {
  packed = installPackedClients('@types/node', '@types/react', 'csstype', 'react', 'undici-types');
  project = packed.project;
});
afterAll(() => packed.remove());

const nodes = [process.execPath, installedNode()];

const manifest = (name: string) =>
  JSON.parse(readFileSync(join(project, 'node_modules/@face-swap-gateway', name, 'package.json'), 'utf8'));

/** Runs a program in the project with that Node.js. */
function run(node: string, name: string, program: string): { printed: string; problem: string } {
  writeFileSync(join(project, name), program);
  const { stdout, stderr } = spawnSync(node, [name], { cwd: project, encoding: 'utf8' });
  return { printed: stdout.trim(), problem: stderr };
}

test('the client has one dependency, no effects when imported, and the version of the gateway', () => {
  const { dependencies, sideEffects, version, peerDependencies } = manifest('client');
  expect(Object.keys(dependencies)).toEqual(['graphql-ws']);
  expect({ sideEffects, peerDependencies }).toEqual({ sideEffects: false, peerDependencies: undefined });
  expect(version).toBe(JSON.parse(readProjectFile('package.json')).version);
  expect(packed.tarballs.length).toBe(readdirSync(join(root, 'packages')).length);
});

test('the hooks install nothing: React and the client are there already', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta, version } = manifest('react');
  expect({ dependencies, peerDependencies, peerDependenciesMeta }).toEqual({
    dependencies: undefined,
    peerDependencies: { '@face-swap-gateway/client': version, react: '>=18' },
    // Otherwise npm would look for it on a registry, where its name may be another one's.
    peerDependenciesMeta: { '@face-swap-gateway/client': { optional: true } },
  });
});

test.each(nodes)('with %s, both module systems load the hooks', (node) => {
  const use = 'console.log(typeof useFaceSwap)';
  const name = '@face-swap-gateway/react';
  const expected = { printed: 'function', problem: '' };
  expect(run(node, 'hooks.mjs', `import { useFaceSwap } from '${name}'; ${use}`)).toEqual(expected);
  expect(run(node, 'hooks.cjs', `const { useFaceSwap } = require('${name}'); ${use}`)).toEqual(expected);
});

test('the modules of the hooks are marked for React on servers', () => {
  const folder = join(project, 'node_modules/@face-swap-gateway/react/dist');
  const files = ['esm', 'cjs'].flatMap((format) =>
    readdirSync(join(folder, format, 'src')).map((name) => join(folder, format, 'src', name)),
  );
  const modules = files.filter((path) => path.endsWith('.js'));
  expect(modules).toHaveLength(12);
  for (const path of modules)
    expect(readFileSync(path, 'utf8')).toMatch(/^("use strict";\s+)?["']use client["'];/);
});

const entryPoints = [
  ['', 'createSwapClient'],
  ['/sse', 'createSseWatcher'],
  ['/uploads', 'createUploader'],
] as const;

test.each(nodes.flatMap((node) => entryPoints.map((entry) => [node, ...entry] as const)))(
  'with %s, both module systems load the client%s and create it',
  (node, path, name) => {
    const name1 = `@face-swap-gateway/client${path}`;
    const use = `console.log(typeof ${name}({ url: 'https://swaps.example.com' }))`;
    const expected = { printed: path === '' ? 'object' : 'function', problem: '' };
    expect(run(node, 'load.mjs', `import { ${name} } from '${name1}'; ${use}`)).toEqual(expected);
    expect(run(node, 'load.cjs', `const { ${name} } = require('${name1}'); ${use}`)).toEqual(expected);
  },
);

/** Removes what React Native and older browsers lack, as far as Node.js' own fetch does without it. */
const bare = `delete globalThis.crypto; delete AbortSignal.any; delete AbortSignal.timeout; delete AbortSignal.abort;
  delete AbortSignal.prototype.throwIfAborted;`;

test.each([
  ...nodes.map((node) => [node, 'all APIs', ''] as const),
  [process.execPath, 'few APIs', bare] as const,
])('with %s and %s, a swap is requested and followed to its end', async (node, _apis, before) => {
  const gateway = await startGateway();
  const { url } = await startSseGateway(gateway);
  const program = `${before}
    import { createSwapClient } from '@face-swap-gateway/client';
    const client = createSwapClient({ url: '${url}' });
    const [init, target] = await client.samples();
    const input = { initImage: init.url, targetImage: target.url, referenceImage: init.url };
    const statuses = new Set();
    const { output } = await client.swap(input, { onUpdate: ({ status }) => statuses.add(status) });
    const { width } = await client.upload(await (await fetch(output[0])).blob());
    console.log(process.version.split('.')[0], [...statuses].at(-1), width > 0);
    client.close();`;
  writeFileSync(join(project, 'swap.mjs'), program);
  const child = spawn(node, ['swap.mjs'], { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
  const [printed, problem] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect({ printed, problem }).toEqual({
    printed: expect.stringMatching(/^v\d+ SUCCEEDED true\n$/),
    problem: '',
  });
});

test('without AbortSignal.any, WebSocket and crypto the client is created as well', () => {
  const bare =
    'delete AbortSignal.any; delete AbortSignal.timeout; delete globalThis.WebSocket; delete globalThis.crypto;';
  const use = "createSwapClient({ url: 'https://swaps.example.com' }); console.log('created')";
  const program = `${bare} const { createSwapClient } = require('@face-swap-gateway/client'); ${use}`;
  expect(run(process.execPath, 'bare.cjs', program)).toEqual({ printed: 'created', problem: '' });
});

test('the package of the gateway still exports the client, with types', () => {
  const { exports } = JSON.parse(readProjectFile('package.json'));
  expect(existsSync(join(root, exports['./client'].types))).toBe(true);
  const program =
    "import { createSwapClient } from 'face-swap-gateway/client'; console.log(typeof createSwapClient)";
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  expect(String(stdout)).toBe('function\n');
});

test('the core is at most 8 KB for a browser, graphql-ws included', async () => {
  const lazy = ['explain-silence.js', 'fetch-followers.js', 'upload-picture.js'];
  const bundle = await rolldown({
    input: join(project, 'node_modules/@face-swap-gateway/client/dist/esm/src/index.js'),
    platform: 'browser',
    external: (path) => lazy.includes(basename(path)),
  });
  const { output } = await bundle.generate({ minify: true });
  expect(output[0].dynamicImports.map((path) => basename(path)).sort()).toEqual(lazy);
  expect(output[0].imports).toEqual([]);
  expect(output[0].code).toContain('graphql-transport-ws');
  expect(gzipSync(output[0].code, { level: 9 }).length).toBeLessThanOrEqual(8192);
});

const typed = `
import { createSwapClient, isEnded, type Swap, SwapClientError, type SwapStorage } from '@face-swap-gateway/client';
import { createSseWatcher } from '@face-swap-gateway/client/sse';
import { createUploader } from '@face-swap-gateway/client/uploads';
import { type FaceSwap, SwapClientProvider, useFaceSwap, useSwaps } from '@face-swap-gateway/react';

const memory = new Map<string, string>();
const storage: SwapStorage = {
  getItem: (key) => memory.get(key),
  setItem: (key, value) => memory.set(key, value),
  removeItem: (key) => memory.delete(key),
};
const client = createSwapClient({
  url: 'https://swaps.example.com',
  getToken: async () => ({ token: 'one', expiresAt: '2026-01-31T12:00:00.000Z' }),
  transport: 'auto',
  storage,
});
export async function useAll(signal: AbortSignal): Promise<Swap> {
  const { url } = await client.upload(new Blob([]), { signal });
  const input = { initImage: url, targetImage: url, referenceImage: url };
  const { swaps, endCursor } = await client.list({ first: 5, status: ['SUCCEEDED'] });
  const [sample] = await client.samples();
  const texts: (string | null | undefined)[] = [endCursor, sample?.title, swaps[0]?.id];
  await client.wait('one', { seconds: 5 });
  await createSseWatcher({ url })('one', { onUpdate: ({ status }) => texts.push(status) });
  await createUploader({ url })({ uri: 'file:///a.jpg' });
  try {
    const swap = await client.swap(input, { signal, onUpdate: (state) => texts.push(isEnded(state) ? state.id : null) });
    const status: 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'EXPIRED' | 'QUEUED' | 'PROCESSING' = swap.status;
    texts.push(status);
    return swap;
  } catch (error) {
    if (error instanceof SwapClientError && error.code === 'RATE_LIMITED') texts.push(String(error.retryAfter));
    throw error;
  }
}
export function useHooks(): FaceSwap {
  const { swaps } = useSwaps({ first: 5, status: ['SUCCEEDED'] });
  SwapClientProvider({ client, children: swaps.map(({ id }) => id).join() });
  return useFaceSwap();
}
// @ts-expect-error
createSwapClient({ url: 5 });
// @ts-expect-error
client.swap({ initImage: 'a' });
`;

test.each([
  ['an ES module, with types of browsers', { module: 'node16' }, 'mts', ['--lib', 'es2022,dom']],
  ['a CommonJS module, with types of browsers', { module: 'node16' }, 'cts', ['--lib', 'es2022,dom']],
  ['an ES module, with types of Node.js', { module: 'node16' }, 'mts', ['--types', 'node']],
  ['a CommonJS module, with types of Node.js', { module: 'node16' }, 'cts', ['--types', 'node']],
  ['a bundler', { module: 'esnext', moduleResolution: 'bundler' }, 'ts', ['--lib', 'es2022,dom']],
] as const)('the types are strict for %s', (_name, { module, ...options }, ending, lib) => {
  const file = join(project, `typed.${ending}`);
  writeFileSync(file, typed);
  const more = 'moduleResolution' in options ? ['--moduleResolution', options.moduleResolution] : [];
  const args = ['--module', module, ...more, '--target', 'es2022', ...lib];
  const rules = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--exactOptionalPropertyTypes'];
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), file, ...args, ...rules];
  const { stdout } = spawnSync(process.execPath, tsc, { cwd: project, encoding: 'utf8' });
  expect(stdout).toBe('');
});

test('no document tells anyone to install these packages from a registry, where others may own their names', () => {
  const names = readdirSync(join(root, 'packages')).map((name) => `@face-swap-gateway/${name}`);
  const install = /\b(npm (i|install|add|exec)|npx|yarn add|pnpm (add|dlx)|bun add)\b([^`\n]*)/g;
  const commands = projectFiles()
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => [...readProjectFile(path).matchAll(install)].map(([command]) => ({ path, command })));
  expect(commands.length).toBeGreaterThan(3);
  const fromRegistry = commands.filter(({ command }) =>
    command.split(/\s+/).some((word) => /^(face-swap|@face-swap)/.test(word) || names.includes(word)),
  );
  expect(fromRegistry).toEqual([]);
});
