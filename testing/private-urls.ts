import { expect } from 'vitest';

/** Part of every URL below, in its user, path, query or fragment; nowhere else. */
export const canary = 'c4n4ry';

/** URLs as clients, ModelsLab and hosts send them, each with what nobody but its owner may see. */
export const secretUrl = {
  init: `https://images.example.com/${canary}/init.jpg?sig=${canary}&expires=1#${canary}`,
  target: `https://images.example.com/a/${canary}-target.jpg`,
  reference: `https://images.example.com/r?${canary}`,
  withUser: `https://${canary}:${canary}@images.example.com/1.jpg`,
  withBackslashes: `https:\\\\images.example.com\\${canary}\\1.jpg`,
  withoutScheme: `images.example.com/${canary}.jpg`,
  inline: `data:image/png;base64,${canary}AAAA`,
  webhook: `https://hooks.example.invalid/${canary}?token=${canary}`,
  result: `https://files.example.invalid/generations/${canary}.jpg?sig=${canary}`,
  resultOfLoopback: `http://127.0.0.1:1/${canary}.jpg`,
};

export const secretImages = {
  initImage: secretUrl.init,
  targetImage: secretUrl.target,
  referenceImage: secretUrl.reference,
};

/** Spellings in which a log could contain a text. */
const spellings: ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify(text).slice(1, -1),
  encodeURIComponent,
  (text) => Buffer.from(text).toString('base64').slice(0, -4),
  (text) => Buffer.from(text).toString('hex'),
  (text) => [...Buffer.from(text)].join(','),
];

/** Fails if an output contains the canary or one of the other secrets, in any spelling. */
export function expectPrivate(output: string, ...secrets: string[]): void {
  const lines = output.split('\n');
  for (const secret of [canary, ...secrets]) {
    expect(secret.length).toBeGreaterThan(5);
    for (const spell of spellings) {
      const spelling = spell(secret).toLowerCase();
      expect(lines.filter((line) => line.toLowerCase().includes(spelling))).toEqual([]);
    }
  }
}
