/**
 * `npm run schema:check [-- NAME…]`: lints the schema, and compiles a strict project for each client in
 * `schema-checks/consumers`, from an empty folder, as a user would who has only this package and the client's own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const checks = join(root, 'schema-checks');
const tool = (path: string): string => join(checks, 'node_modules', path);

const codegen = ['@graphql-codegen/cli/esm/bin.js'];
const scalars = ['DateTime:string', 'SafeInt:number', 'URL:string'].flatMap((scalar) => ['--scalar', scalar]);
/** How each client generates its code: a script in `node_modules`, and its arguments. */
const generators: Record<string, string[]> = {
  'apollo-client': codegen,
  'client-preset': codegen,
  genql: ['@genql/cli/dist/cli.js', '--schema', 'schema.graphql', '--output', 'generated', ...scalars],
  'gql-tada': ['gql.tada/bin/cli.js', 'generate-output'],
  'graphql-request': codegen,
  'typed-document-node': codegen,
  urql: codegen,
  zeus: ['graphql-zeus/lib/index.js', 'schema.graphql'],
};

const lint = ['--config', 'schema-checks/eslint.config.js', '--max-warnings', '0', 'schema/schema.graphql'];
const concurrency = 2;

interface Result {
  ok: boolean;
  output: string;
}

async function run(cwd: string, script: string, args: readonly string[]): Promise<Result> {
  const child = spawn(process.execPath, [tool(script), ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { ok: code === 0, output };
}

/** A project that sees this package through its exports only, and the clients' packages. */
function createProject(home: string, name: string): string {
  const folder = join(home, name);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/face-swap-gateway'));
  cpSync(join(checks, 'consumers/shared'), folder, { recursive: true });
  cpSync(join(checks, 'consumers', name), folder, { recursive: true });
  cpSync(join(root, 'schema/schema.graphql'), join(folder, 'schema.graphql'));
  return folder;
}

async function compile(home: string, name: string): Promise<Result> {
  const [script, ...args] = generators[name] ?? [];
  if (script === undefined)
    return { ok: false, output: `no generator for ${name} in scripts/check-schema.ts` };
  const folder = createProject(home, name);
  const generated = await run(folder, script, args);
  return generated.ok ? run(folder, 'typescript/bin/tsc', ['-p', '.']) : generated;
}

async function check(name: string, work: () => Promise<Result>): Promise<boolean> {
  const since = performance.now();
  const { ok, output } = await work();
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}, ${Math.round(performance.now() - since)} ms`);
  if (!ok) console.log(output);
  return ok;
}

const consumers = readdirSync(join(checks, 'consumers')).filter((name) => name !== 'shared');
const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : consumers;
const home = mkdtempSync(join(tmpdir(), 'face-swap-schema-'));
try {
  symlinkSync(join(checks, 'node_modules'), join(home, 'node_modules'));
  const work: [string, () => Promise<Result>][] = names.map((name) => [name, () => compile(home, name)]);
  if (wanted.length === 0) work.unshift(['lint rules', () => run(root, 'eslint/bin/eslint.js', lint)]);
  let isFine = true;
  const takeTurns = async (): Promise<void> => {
    for (let next = work.shift(); next; next = work.shift()) isFine = (await check(...next)) && isFine;
  };
  await Promise.all(Array.from({ length: concurrency }, takeTurns));
  process.exitCode = isFine ? 0 : 1;
} finally {
  rmSync(home, { recursive: true, force: true });
}
