import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { readConfig, secretVariableNames, variableNames } from '../../src/config/config.js';

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const example = parseEnv(text);

test('.env.example lists every variable, and no other', () => {
  expect(Object.keys(example).sort()).toEqual([...variableNames].sort());
});

test('.env.example as is changes nothing', () => {
  expect(readConfig(example)).toEqual(readConfig({}));
});

test('.env.example names every variable that can be read from a file, and no other', () => {
  const [, names = ''] = /suffix\n# _FILE .*\n# ([A-Z_, ]+)\n/.exec(text) ?? [];
  expect(names.split(', ').sort()).toEqual([...secretVariableNames].sort());
});
