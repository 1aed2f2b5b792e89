import { matchesGlob, posix } from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles, readProjectFile } from '../../testing/project-files.js';

const paths = projectFiles();
const pages = paths.filter((path) =>
  /^(README|SECURITY|CONTRIBUTING|docs\/.*)\.md$|^docs\/.*\.md$/.test(path),
);
/** What the build or a run makes, or what a reader is to make. */
const isMade = /^(dist|data|out|node_modules|DATA_DIR|bench\/results)\//;
const isSource = /\.(tsx?|json|ya?ml|sql|md|graphql)$/;
const folders = new Set(
  paths.flatMap((path) => path.split('/').map((_, index, names) => `${names.slice(0, index).join('/')}/`)),
);
const tops = new Set(paths.map((path) => path.split('/')[0]));

test.each(pages)('every path in backticks in %s exists', (page) => {
  const named = [...readProjectFile(page).matchAll(/`(\.?[\w-][\w.*-]*\/[\w./*-]*)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => (tops.has(path.split('/')[0]) || isSource.test(path)) && !isMade.test(path));
  const missing = named.filter(
    (path) =>
      !paths.includes(path) &&
      !folders.has(path.replace(/\/?$/, '/')) &&
      ![...paths, ...folders].some((file) => matchesGlob(file.replace(/\/$/, ''), path)),
  );
  expect(missing).toEqual([]);
});

test.each(pages)('every link in %s leads to a file', (page) => {
  const folder = page.split('/').slice(0, -1).join('/');
  const links = [...readProjectFile(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(#[^)]*)?\)/g)];
  const missing = links
    .map(([, link = '']) => new URL(link, `file:///${folder === '' ? '' : `${folder}/`}`).pathname.slice(1))
    .filter((path) => !paths.includes(path) && !folders.has(path.replace(/\/?$/, '/')));
  expect(missing).toEqual([]);
});

/** As GitHub makes it from a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');

test.each(pages)('every link of %s to a heading finds it', (page) => {
  const missing = [...readProjectFile(page).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)]+)\)/g)]
    .map(([, file = '', anchor = '']) => ({
      file: file === '' ? page : posix.join(posix.dirname(page), file),
      anchor,
    }))
    .filter(({ file, anchor }) => {
      const headings = [...readProjectFile(file).matchAll(/^#+ (.+)$/gm)];
      return !headings.some(([, heading = '']) => anchorOf(heading) === anchor);
    });
  expect(missing).toEqual([]);
});

test('the index of decisions lists each record once', () => {
  const listed = [...readProjectFile('docs/adr/README.md').matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g)];
  const records = paths.filter((path) => /^docs\/adr\/\d{4}-/.test(path));
  expect(listed.map(([, file]) => `docs/adr/${file}`)).toEqual(records.sort());
});
