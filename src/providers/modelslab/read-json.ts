/** Extracts JSON from text that surrounds it or is slightly malformed. Nothing here recurses, so deep nesting is harmless. */

/** The JSON found. */
export interface FoundJson {
  value: object;
  /** Whether the text was exactly that JSON, with nothing around it and no repairs. */
  isExact: boolean;
}

const maxCandidates = 64;
/** Limit on characters scanned over all candidates, as a multiple of the text's length. */
const maxPasses = 4;
const maxQuotedLevels = 3;

/**
 * Returns the first of the wanted objects and arrays in the text that has the highest rank; if none is wanted, the
 * first object or array. Integers beyond 2^53 become strings of their digits. `undefined` if no complete one is found.
 */
export function findJson(
  text: string,
  isWanted: (value: object) => boolean,
  rankOf: (value: object) => number,
): FoundJson | undefined {
  let source = text.trim();
  for (let level = 0; level < maxQuotedLevels; level++) {
    const whole = parse(source);
    if (isObject(whole)) return { value: whole, isExact: level === 0 };
    if (typeof whole !== 'string') break;
    // JSON in a JSON string.
    source = whole.trim();
  }
  return findWithin(source, isWanted, rankOf);
}

function findWithin(
  text: string,
  isWanted: (value: object) => boolean,
  rankOf: (value: object) => number,
): FoundJson | undefined {
  let fallback: object | undefined;
  let best: { value: object; rank: number } | undefined;
  let budget = maxPasses * text.length;
  let from = 0;
  for (let candidate = 0; candidate < maxCandidates && budget > 0; candidate++) {
    const start = nextStart(text, from);
    if (start < 0) break;
    const end = endOf(text, start);
    budget -= (end ?? text.length) - start;
    const piece = end === undefined ? undefined : text.slice(start, end);
    const value = piece === undefined ? undefined : (parse(piece) ?? parse(repair(piece)));
    if (isObject(value)) {
      const rank = isWanted(value) ? rankOf(value) : -1;
      if (rank > (best?.rank ?? -1)) best = { value, rank };
      fallback ??= value;
    }
    if (!isObject(value) && !beginsLikeJson.test(text.slice(start, start + 64))) from = start + 1;
    else if (end === undefined) break;
    else from = end;
  }
  const value = best?.value ?? fallback;
  return value && { value, isExact: false };
}

const cutMember = /^\s*"([^"\\]{1,100})"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)\s*$/;

/** For an object that begins in the text but never ends: its complete scalar members. Empty if there is no such object. */
export function findCutMembers(text: string): Record<string, unknown> {
  const members: [string, unknown][] = [];
  const start = text.search(/\{\s*"/);
  if (start < 0 || endOf(text, start) !== undefined) return {};
  let depth = 0;
  let isInString = false;
  let from = start + 1;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') isInString = !isInString;
    else if (isInString) at += char === '\\' ? 1 : 0;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    else if (char === ',' && depth === 1) {
      const [, name, source] = cutMember.exec(text.slice(from, at)) ?? [];
      if (name !== undefined && source !== undefined) members.push([name, parse(keepDigits(source))]);
      from = at + 1;
    }
  }
  return Object.fromEntries(members);
}

/** A part of broken or truncated JSON is never mistaken for the whole: it may be `meta`. */
const beginsLikeJson = /^(?:\{\s*"|\[\s*[{"[])/;

function nextStart(text: string, from: number): number {
  const brace = text.indexOf('{', from);
  const bracket = text.indexOf('[', from);
  return brace < 0 || bracket < 0 ? Math.max(brace, bracket) : Math.min(brace, bracket);
}

/** The index after the bracket that closes the one at `start`, or undefined. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (isInString) {
      if (char === '\\') at += 1;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** An unterminated string extends to the end: a pattern that cannot fail never backtracks. */
const token = /"(?:[^"\\]+|\\[\s\S]?)*(?:"|$)|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const largeInteger = /^-?\d{16,}$/;

/** `undefined` if it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(/\d{16}/.test(text) ? text.replace(token, keepDigits) : text);
  } catch {
    return undefined;
  }
}

const keepDigits = (source: string): string => (largeInteger.test(source) ? `"${source}"` : source);

const looseToken = /"(?:[^"\\]+|\\[\s\S]?)*(?:"|$)|-?\b(?:NaN|Infinity)\b|\bundefined\b|,(?=\s*[\]}])/g;

/** Common JSON mistakes: invalid literals, trailing commas, raw line breaks and unknown escapes in strings. */
function repair(text: string): string {
  return text.replace(looseToken, (source) => {
    if (source === ',') return '';
    if (!source.startsWith('"')) return 'null';
    return source
      .replace(/\p{Cc}/gu, ' ')
      .replace(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|)/g, (escaped) => (escaped === '\\' ? '\\\\' : escaped));
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
