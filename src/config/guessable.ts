import { hash } from 'node:crypto';

/** A random secret of 16 characters practically always has more. */
const minDistinctCharacters = 5;

/** Words that placeholders are made of. */
const placeholderWords =
  /change|replace|please|todo|fixme|secrets?|pass(?:word|wd|phrase)?|tokens?|keys?|webhooks?|signing|metrics|gateway|face|swaps?|redis|modelslab|default|example|sample|demo|test(?:ing)?|dev|prod(?:uction)?|dummy|insecure|placeholder|admin|root|user|value|here|this|your?|the|my|me|of|an?|is|to/g;

/**
 * Whether a secret is a placeholder rather than a random value: a repeated character or block, a sequence such as `abcdef` or
 * `123456`, very few distinct characters, or nothing but placeholder words. Random secrets of 16 characters pass.
 */
export function isGuessable(secret: string): boolean {
  return (
    new Set(secret).size < minDistinctCharacters ||
    isRepeated(secret) ||
    isRepeated(secret.replace(/[^a-z\d]/gi, '')) ||
    isSequence(secret) ||
    isPlaceholder(secret)
  );
}

/** Whether a text is one character, over and over. */
export function isOneCharacter(text: string): boolean {
  return new Set(text).size === 1;
}

/** A block at least twice; the last one may be cut off. */
function isRepeated(text: string): boolean {
  for (let length = 1; length <= text.length / 2; length += 1)
    if (text.startsWith(text.slice(length))) return true;
  return false;
}

/** Most characters are equal or adjacent to the one before. */
function isSequence(text: string): boolean {
  let near = 0;
  for (let index = 1; index < text.length; index += 1)
    if (Math.abs(text.charCodeAt(index) - text.charCodeAt(index - 1)) <= 1) near += 1;
  return near >= (text.length - 1) * 0.75;
}

function isPlaceholder(text: string): boolean {
  const letters = text.toLowerCase().replace(/[^a-z]/g, '');
  const others = text
    .toLowerCase()
    .replace(placeholderWords, '')
    .replace(/[^a-z]/g, '');
  return letters.length >= text.length / 2 && others === '';
}

/** The documented example, and common stand-ins. The empty key is what an unset shell variable gives. */
const exampleKeys = ['my-key', 'key', 'KEY', 'api-key', 'secret', 'password', 'changeme', 'test', ''];
const maxRepeatedLength = 64;

/** SHA-256 of documented examples and of keys that are one character repeated, in hexadecimal. */
export function hashesOfGuessableKeys(): ReadonlySet<string> {
  // `echo` adds a line break.
  const hashes = new Set(exampleKeys.flatMap((key) => [hash('sha256', key), hash('sha256', `${key}\n`)]));
  for (let code = 0x20; code < 0x7f; code += 1) {
    for (let length = 1; length <= maxRepeatedLength; length += 1)
      hashes.add(hash('sha256', String.fromCharCode(code).repeat(length)));
  }
  return hashes;
}
