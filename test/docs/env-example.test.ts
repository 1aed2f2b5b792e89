import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { readDockerfile } from '../../scripts/dockerfile.js';
import { readConfig, secretVariableNames, variableNames } from '../../src/config/config.js';

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const example = parseEnv(text);
/** Set by the image, so commented out. */
const imageSets = ['HOST', 'DATA_DIR', 'NODE_ENV'];
const whole = parseEnv(text.replace(/^# ([A-Z_]+=)/gm, '$1'));

test('.env.example lists every variable, and no other', () => {
  expect(Object.keys(whole).sort()).toEqual([...variableNames].sort());
});

test('.env.example as is changes nothing', () => {
  for (const given of [example, whole]) expect(readConfig(given)).toEqual(readConfig({}));
});

test('.env.example overrides nothing that the image sets', () => {
  const [final] = readDockerfile(new URL('../../Dockerfile', import.meta.url).pathname).slice(-1);
  const text = final?.instructions.find(({ keyword }) => keyword === 'ENV')?.text ?? '';
  const image = parseEnv(text.replaceAll(' ', '\n'));
  expect(Object.keys(image)).toEqual(expect.arrayContaining(imageSets));
  expect({ ...image, ...example }).toMatchObject(image);
  expect(
    Object.keys(whole)
      .filter((name) => !(name in example))
      .sort(),
  ).toEqual([...imageSets].sort());
});

test('.env.example names every variable that can be read from a file, and no other', () => {
  const [, names = ''] = /suffix\n# _FILE .*\n((?:# [A-Z\d_, ]+\n)+)/.exec(text) ?? [];
  expect(names.match(/[A-Z\d_]+/g)?.sort()).toEqual([...secretVariableNames].sort());
});
