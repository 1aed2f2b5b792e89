import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { chanceFaults } from '../../sandbox/chance-faults.js';
import { noFaults } from '../../sandbox/sandbox-faults.js';

const page = readFileSync('docs/sandbox.md', 'utf8');

it.each(Object.entries(chanceFaults))('documents the fault %s as the code describes it', (name, sentence) => {
  expect(page).toContain(`| \`${name}\` | ${sentence} |`);
});

it.each(Object.keys(noFaults).filter((name) => !(name in chanceFaults)))(
  'documents the setting %s',
  (name) => {
    expect(page).toContain(`| \`${name}\` | `);
  },
);
