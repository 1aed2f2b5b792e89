import { expect, test } from 'vitest';
import { checkedPaths, findRetiredWords, retiredWordsIn } from '../../scripts/retired-words.js';
import { readProjectFile } from '../../testing/project-files.js';

test('no retired word is used', () => {
  expect(findRetiredWords(checkedPaths)).toEqual([]);
});

test.each([
  ['const shortWay = true;', 'fast path'],
  ['a swap gets a free place', 'slot, position'],
  ['The ledger keeps it.', 'swap index'],
  ['const endedAtHand = 1;', 'cached'],
  ['behaviour', 'American spelling'],
  ['the engine of the store', 'backend'],
])('%s is found', (text, use) => {
  expect(retiredWordsIn(`fine\n${text}\n`)).toEqual([{ line: 2, word: expect.any(String), use }]);
});

test.each([
  'PRAGMA journal_mode=WAL',
  'queue:orphans',
  '"engines": { "node": ">=22" }',
  'Promise.allSettled',
  'CloseCode.ConnectionInitialisationTimeout',
  'the operation takes place in place',
  'heartbeats',
])('%s is not', (text) => {
  expect(retiredWordsIn(text)).toEqual([]);
});

test('the glossary gives each term once, in alphabetical order within its section', () => {
  const sections = readProjectFile('docs/glossary.md').split('\n## ').slice(1);
  const terms = sections.map((section) =>
    [...section.matchAll(/^\| (.+?) \| /gm)].map(([, term = '']) => term).filter((term) => term !== 'term'),
  );
  for (const section of terms) {
    expect(section.length).toBeGreaterThan(0);
    expect(section).toEqual([...section].sort());
  }
  const all = terms.flat();
  expect(new Set(all).size).toBe(all.length);
});
