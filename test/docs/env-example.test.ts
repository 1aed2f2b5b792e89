import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { readConfig, variableNames } from '../../src/config/config.js';

const example = parseEnv(readFileSync(new URL('../../.env.example', import.meta.url), 'utf8'));

test('.env.example lists every variable, and no other', () => {
  expect(Object.keys(example).sort()).toEqual([...variableNames].sort());
});

test('.env.example as is changes nothing', () => {
  expect(readConfig(example)).toEqual(readConfig({}));
});
