import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installedNode } from '../../testing/packed-clients.js';
import { startGateway } from '../../testing/start-gateway.js';
import { createAppProjects, run, succeed } from './app-projects.js';

const projects = createAppProjects();
let esm = '';
let cjs = '';
let jest = '';
beforeAll(async () => {
  [esm, cjs, jest] = await Promise.all([
    projects.create('node-esm'),
    projects.create('node-cjs'),
    projects.create('jest'),
  ]);
});
afterAll(() => projects.remove());

const nodes = [
  ['the Node.js of the gateway', process.execPath],
  ['the Node.js of this machine', installedNode()],
] as const;

test.each([
  ['an ES module', () => esm, 'swap.mjs'],
  ['a CommonJS module', () => cjs, 'swap.cjs'],
] as const)(
  '%s compiles strictly as node16, and swaps faces on each Node.js',
  async (_kind, folder, program) => {
    const gateway = await startGateway();
    expect(await run(folder(), process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'])).toEqual({
      exitCode: 0,
      output: '',
    });
    for (const [name, node] of nodes) {
      const result = await run(folder(), node, [join('out', program), gateway.url]);
      expect({ name, ...result }).toEqual({
        name,
        exitCode: 0,
        output: 'SUCCEEDED 1\nBAD_USER_INPUT input.initImage\n',
      });
    }
  },
);

test('Jest runs tests that use the client, as of a server and as of a page', async () => {
  const gateway = await startGateway();
  const output = await succeed(jest, process.execPath, ['node_modules/jest/bin/jest.js'], {
    GATEWAY_URL: gateway.url,
    CI: 'true',
  });
  expect(output).toMatch(/Tests: +3 passed, 3 total/);
});
