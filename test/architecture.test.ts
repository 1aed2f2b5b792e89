import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectFiles, readProjectFile } from '../testing/project-files.js';

const paths = projectFiles();
const files = paths
  .filter((path) => /^(src|sandbox|samples|packages)\/.*\.ts$/.test(path))
  .map((path) => ({ path, text: readProjectFile(path) }));

/** Which folders the files of a folder may import, in addition to their own. */
const allowed: Record<string, string[]> = {
  src: ['src/app', 'src/config', 'src/lib', 'src/telemetry'],
  'src/archive': ['src/lib', 'src/swap'],
  'src/app': [
    'sandbox',
    'samples',
    'src/archive',
    'src/backends',
    'src/client-webhooks',
    'src/clients',
    'src/config',
    'src/fast-path',
    'src/graphql',
    'src/lib',
    'src/provenance',
    'src/providers',
    'src/server',
    'src/swap',
    'src/telemetry',
    'src/uploads',
  ],
  'src/fast-path': ['src/graphql', 'src/lib', 'src/server', 'src/swap'],
  'src/server': ['samples', 'src/graphql', 'src/lib', 'src/swap', 'src/uploads'],
  'src/graphql': ['src/lib', 'src/swap'],
  'src/telemetry': ['src/lib', 'src/swap'],
  'src/backends': ['src/lib', 'src/swap'],
  'src/provenance': ['src/lib', 'src/swap'],
  'src/providers': ['src/lib', 'src/swap'],
  'src/client-webhooks': ['src/lib', 'src/swap'],
  'src/clients': ['src/lib', 'src/swap'],
  'src/uploads': ['src/lib', 'src/swap'],
  'src/config': ['src/lib'],
  'src/keys': ['src/client-webhooks', 'src/clients', 'src/config', 'src/swap'],
  'src/swap': ['src/lib'],
  'src/lib': [],
  sandbox: ['samples', 'src/lib'],
  samples: [],
  packages: [],
};

const folderOf = (path: string): string => {
  const [top = '', folder = '', ...rest] = path.split('/');
  return top === 'src' && rest.length > 0 ? `${top}/${folder}` : top;
};

const imports = files.flatMap(({ path, text }) =>
  [...text.matchAll(/(?:from|import\(|import)\s*'(\.{1,2}\/[^']+)\.js'/g)].map(([, target]) => ({
    path,
    target: `${normalize(join(dirname(path), target ?? ''))}.ts`,
  })),
);

/** The cycles in a graph, each with all its nodes. */
function findCycles(edges: readonly (readonly [string, string])[]): string[][] {
  const next = Map.groupBy(edges, ([from]) => from);
  const reachable = (start: string): Set<string> => {
    const seen = new Set<string>();
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop())
      for (const [, to] of next.get(node) ?? []) if (!seen.has(to)) open.push(to) && seen.add(to);
    return seen;
  };
  const reach = new Map([...next.keys()].map((node) => [node, reachable(node)]));
  const inCycle = [...reach].filter(([node, nodes]) => nodes.has(node));
  const cycles = inCycle.map(([node, nodes]) =>
    [...nodes].filter((other) => reach.get(other)?.has(node)).sort(),
  );
  return [...new Map(cycles.map((cycle) => [cycle.join(), cycle])).values()];
}

describe('imports go one way', () => {
  test.each(imports.filter(({ path, target }) => folderOf(path) !== folderOf(target)))(
    '$path may import $target',
    ({ path, target }) => {
      expect(allowed[folderOf(path)]).toContain(folderOf(target));
    },
  );

  test('no files import each other in a cycle, not even types', () => {
    expect(findCycles(imports.map(({ path, target }) => [path, target] as const))).toEqual([]);
  });

  test('swap/ knows no library but zod', () => {
    const outside = files
      .filter(({ path }) => folderOf(path) === 'src/swap')
      .flatMap(({ text }) => [...text.matchAll(/from '([^.'][^']*)'/g)].map(([, name]) => name))
      .filter((name) => name !== 'zod' && !name?.startsWith('node:'));
    expect(outside).toEqual([]);
  });

  test('only the entry points touch the process', () => {
    const entryPoints = /^src\/(keys\/)?main\.ts$|sandbox\/(main|sandbox-arguments)\.ts$/;
    const users = files.filter(
      ({ path, text }) =>
        !path.startsWith('packages/') &&
        !entryPoints.test(path) &&
        /\bprocess\.(env|exit|on|argv)\b/.test(text),
    );
    expect(users.map(({ path }) => path)).toEqual([]);
  });
});

test('no file has more than 300 lines', () => {
  const lengths = files
    .filter(({ path }) => !path.includes('/generated/'))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length }));
  expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
});

describe('docs/architecture.md', () => {
  const page = readProjectFile('docs/architecture.md');
  const section = (title: string): string => {
    const [, text = ''] = page.split(`\n## ${title}\n`);
    return text.split('\n## ')[0] ?? '';
  };

  test('lists the folders that exist, each once', () => {
    expect(foldersOfTree(/```tree\n([\s\S]*?)```/.exec(page)?.[1] ?? '').sort()).toEqual(existingFolders());
  });

  test('gives the map of allowed imports', () => {
    const rows = [...section('Imports go one way').matchAll(/^\| `([\w/-]+)` \|(.*)\|$/gm)];
    const documented = rows.map(([, folder = '', list = '']) => [
      folder,
      [...list.matchAll(/`([\w/-]+)`/g)].map(([, name]) => name),
    ]);
    expect(Object.fromEntries(documented)).toEqual(allowed);
  });

  test('walks a mutation from the resolver to the POST in at most 25 files', () => {
    const steps = [
      ...section('One mutation, from the resolver to the POST').matchAll(/^(\d+)\. `([^`]+)`: \S/gm),
    ];
    expect(steps.map(([, number]) => Number(number))).toEqual(steps.map((_, index) => index + 1));
    const walked = steps.map(([, , path = '']) => path);
    expect(walked.filter((path) => !paths.includes(path))).toEqual([]);
    expect(new Set(walked).size).toBe(walked.length);
    expect(walked.length).toBeLessThanOrEqual(25);
    expect(readProjectFile(walked[0] ?? '')).toContain('async singleFaceSwap(');
    expect(readProjectFile(walked.at(-1) ?? '')).toContain('.dispatch(');
  });
});

/** The folders of a tree indented by two spaces per level: `name/`, then its contents. */
function foldersOfTree(tree: string): string[] {
  const parents: string[] = [];
  return tree
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, indent = '', name = ''] = /^( *)([\w-]+)\/ +\S/.exec(line) ?? [];
      const depth = indent.length / 2;
      parents.splice(depth, parents.length, name);
      return parents.join('/');
    });
}

/** Those at the root, without hidden ones, and all below `src` and `packages`. */
function existingFolders(): string[] {
  const folders = paths.flatMap((path) => {
    const names = path.split('/').slice(0, -1);
    const isDeep = names[0] === 'src' || names[0] === 'packages';
    return names.slice(0, isDeep ? names.length : 1).map((_, index) => names.slice(0, index + 1).join('/'));
  });
  return [...new Set(folders)].filter((folder) => !folder.startsWith('.')).sort();
}
