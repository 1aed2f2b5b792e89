import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('the client is an entry point of the package, with types', () => {
  const program =
    "import { createSwapClient } from 'face-swap-gateway/client'; console.log(typeof createSwapClient)";
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  expect(String(printed)).toBe('function\n');
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(existsSync(join(root, exports['./client'].types))).toBe(true);
});

test("the client's workspace exports the same under its own name", () => {
  const folder = join(root, 'packages/client');
  const program = "import { createSwapClient } from 'face-swap-client'; console.log(typeof createSwapClient)";
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  expect(String(printed)).toBe('function\n');
  const { exports, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(existsSync(join(folder, exports['.'].types))).toBe(true);
  expect(version).toBe(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
});

test('the client imports nothing that a browser lacks', () => {
  expect([...packagesOf(join(root, 'packages/client/swap-client.ts'))]).toEqual(['graphql-ws']);
});

/** Everything that a source file imports, directly or through other files, except types. */
function packagesOf(file: string): Set<string> {
  const packages = new Set<string>();
  const text = readFileSync(file, 'utf8');
  for (const [, name = ''] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';$/gm)) {
    const found = name.startsWith('.') ? packagesOf(join(dirname(file), name.replace(/js$/, 'ts'))) : [name];
    for (const each of found) packages.add(each);
  }
  return packages;
}
