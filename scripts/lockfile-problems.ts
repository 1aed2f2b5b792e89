import { readFileSync } from 'node:fs';

interface LockedPackage extends Manifest {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
}

type Dependencies = Record<string, string>;
type Manifest = Partial<Record<(typeof manifestFields)[number], Dependencies>>;

const manifestFields = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'] as const;

/** Versions below these have known vulnerabilities. */
export const versionFloor: Dependencies = {
  graphql: '16.15.0',
  '@apollo/server': '5.5.1',
  ws: '8.23.0',
  'graphql-ws': '6.4.2',
  fastify: '5.12.8',
  undici: '7.24.0',
};

const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/**
 * Problems with a project's dependencies: versions that are not exact, packages without a hash or from outside the
 * registry, packages below the floor. The registry is the origin of nearly all packages; a lock file without URLs
 * leaves it to npm's configuration.
 */
export function lockfileProblems(
  manifest: Record<string, unknown>,
  packages: Record<string, LockedPackage>,
): string[] {
  const problems: string[] = [];
  const workspaces = Object.entries(packages).filter(([path]) => path !== '' && !isInstalled(path));
  for (const [folder, { dependencies, devDependencies, optionalDependencies, overrides }] of [
    ['', manifest as Manifest] as const,
    ...workspaces.map(([path, workspace]) => [`${path}/`, workspace] as const),
  ]) {
    const all = { ...dependencies, ...devDependencies, ...optionalDependencies, ...overrides };
    for (const [name, version] of Object.entries(all))
      if (!exact.test(version))
        problems.push(`${folder}package.json: ${name} must have an exact version, not ${version}`);
  }
  const installed = Object.entries(packages).filter(([path, { link }]) => isInstalled(path) && !link);
  const home = commonest(installed.flatMap(([, { resolved }]) => originOf(resolved) ?? []));
  for (const [path, { version, resolved, integrity }] of installed) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (!integrity?.startsWith('sha512-')) problems.push(`${path}: has no sha512 hash`);
    if (resolved !== undefined && (originOf(resolved) !== home || !resolved.startsWith('https:')))
      problems.push(`${path}: is not from the registry but from ${resolved}`);
    const least = versionFloor[name];
    if (least !== undefined && isBelow(version ?? '0.0.0', least))
      problems.push(`${path}: ${version} has known vulnerabilities; the minimum is ${least}`);
  }
  return problems;
}

/** @param folder contains package.json and package-lock.json */
export function readLockfileProblems(folder: URL): string[] {
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> };
  return lockfileProblems(read('package.json') as Record<string, unknown>, packages);
}

/** False for the project itself and its workspaces, which the lock file lists by folder. */
const isInstalled = (path: string): boolean => path.includes('node_modules/');

function originOf(address: string | undefined): string | undefined {
  return address !== undefined && URL.canParse(address) ? new URL(address).origin : undefined;
}

function commonest(values: string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function isBelow(version: string, least: string): boolean {
  const numbers = (text: string): number[] => (text.split('-')[0] ?? '').split('.').map(Number);
  const [have, want] = [numbers(version), numbers(least)];
  for (const [place, wanted] of want.entries()) {
    const had = have[place] ?? 0;
    if (had !== wanted) return had < wanted;
  }
  return version.includes('-');
}
