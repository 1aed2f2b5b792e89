import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');

export interface PackedClients {
  /** A project in which the packed packages and their dependencies are installed. */
  project: string;
  /** Paths of the tarballs. */
  tarballs: string[];
  remove(): void;
}

/** Packs the packages for clients and unpacks them into a new project, next to the named packages of this one. */
export function installPackedClients(...others: string[]): PackedClients {
  const project = mkdtempSync(join(tmpdir(), 'face-swap-clients-'));
  const script = join(root, 'scripts/pack-clients.ts');
  const packed = spawnSync(process.execPath, [script, join(project, 'tarballs')], {
    encoding: 'utf8',
    cwd: '/',
  });
  if (packed.status !== 0) throw new Error(packed.stderr);
  const tarballs = packed.stdout
    .trim()
    .split('\n')
    .map((path) => join('/', path));
  for (const tarball of tarballs) {
    const [, name = ''] = /^face-swap-gateway-(\w+)-/.exec(basename(tarball)) ?? [];
    const folder = join(project, 'node_modules/@face-swap-gateway', name);
    mkdirSync(folder, { recursive: true });
    const unpacked = spawnSync('tar', ['xzf', tarball, '-C', folder, '--strip-components=1']);
    if (unpacked.status !== 0) throw new Error(String(unpacked.stderr));
  }
  for (const name of ['graphql-ws', ...others]) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  return { project, tarballs, remove: () => rmSync(project, { recursive: true, force: true }) };
}

/** The Node.js that is installed on this machine, which may be older than that of the tests; the latter if there is none. */
export function installedNode(): string {
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((path) => !path.includes('node_modules'));
  return folders.map((path) => join(path, 'node')).find((path) => existsSync(path)) ?? process.execPath;
}
