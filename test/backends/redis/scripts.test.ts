import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  latePollScripts,
  outboxScripts,
  queueScripts,
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

describe.each(files.filter((file) => !isPrelude(file)))('$path', ({ text }) => {
  test('documents each argument that it takes, no other, and its reply', () => {
    const header = commentsOf(text);
    const documented = [...header.matchAll(/^-- ARGV\[(\d+)\] \S/gm)].map(([, number]) => Number(number));
    expect(documented).toEqual(documented.map((_, index) => index + 1));
    expect(documented).toEqual([1, ...numbersIn(text.slice(header.length)).filter((number) => number > 1)]);
    expect(header).toMatch(/^-- Reply: \S/m);
  });

  test('is loaded, after the prelude of its folder', () => {
    const loaded = [queueScripts, swapScripts, outboxScripts, latePollScripts].flatMap((scripts) =>
      Object.values(scripts),
    );
    const [script, ...more] = loaded.filter((candidate) => candidate.text.endsWith(text));
    expect(more).toEqual([]);
    const prelude = files.find((file) => isPrelude(file) && script?.text.startsWith(file.text));
    expect(prelude && commentsOf(prelude.text)).toMatch(/^-- KEYS /m);
  });
});
