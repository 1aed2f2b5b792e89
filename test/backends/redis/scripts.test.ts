import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  outboxScripts,
  queueScripts,
  scheduleScripts,
  swapScripts,
} from '../../../src/backends/redis/scripts.js';

const folder = join(import.meta.dirname, '../../../src/backends/redis/scripts');
const files = globSync('*/*.lua', { cwd: folder }).map((path) => ({
  path,
  text: readFileSync(join(folder, path), 'utf8'),
}));
const isPrelude = ({ path }: { path: string }): boolean => basename(path) === 'prelude.lua';
const commentsOf = (text: string): string => text.match(/^(--.*\n)*/)?.[0] ?? '';
const numbersIn = (text: string): number[] =>
  [...new Set([...text.matchAll(/ARGV\[(\d+)\]/g)].map(([, number]) => Number(number)))].sort(
    (a, b) => a - b,
  );

/** Arguments that the functions and names of the folder's prelude take, apart from the prefix. */
const preludeNumbers = (path: string): number[] => {
  const prelude = files.find((file) => isPrelude(file) && dirname(file.path) === dirname(path))?.text ?? '';
  return numbersIn(prelude.slice(commentsOf(prelude).length));
};

describe.each(files.filter((file) => !isPrelude(file)))('$path', ({ path, text }) => {
  test('documents each argument that it takes, no other, and its reply', () => {
    const header = commentsOf(text);
    const documented = [...header.matchAll(/^-- ARGV\[(\d+)\] \S/gm)].map(([, number]) => Number(number));
    expect(documented).toEqual(documented.map((_, index) => index + 1));
    const used = new Set([1, ...preludeNumbers(path), ...numbersIn(text.slice(header.length))]);
    expect(documented).toEqual([...used].sort((a, b) => a - b));
    expect(header).toMatch(/^-- Reply: \S/m);
  });

  test('is loaded, after the prelude of its folder', () => {
    const loaded = [queueScripts, swapScripts, outboxScripts, scheduleScripts].flatMap((scripts) =>
      Object.values(scripts),
    );
    const [script, ...more] = loaded.filter((candidate) => candidate.text.endsWith(text));
    expect(more).toEqual([]);
    const prelude = files.find((file) => isPrelude(file) && script?.text.startsWith(file.text));
    expect(prelude && commentsOf(prelude.text)).toMatch(/^-- KEYS /m);
  });
});
