/** Maximum nesting depth of untrusted JSON. Everything that the gateway understands needs fewer than ten levels. */
export const maxJsonNesting = 64;
/** Characters kept of a value that is nested too deeply. */
const maxKeptLength = 1000;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Nesting depth of a JSON text, computed in one pass without recursion, so the work is linear even for hostile input.
 * `0` for a scalar, `1` for `{}`. Brackets within strings do not count. For text that is not JSON the number is
 * meaningless, but `JSON.parse` rejects such text anyway.
 */
export function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
    } else if (isOpening(code)) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (isClosing(code)) {
      depth -= 1;
    }
  }
  return deepest;
}

/**
 * Whether a JSON text nests deeper than `limit`. Check before passing the parsed value to recursive code:
 * `JSON.stringify`, validators, loggers. `JSON.parse` itself does not recurse.
 */
export function exceedsNesting(text: string, limit: number = maxJsonNesting): boolean {
  // Each level takes an opening and a closing bracket.
  return text.length > 2 * limit && nestingDepth(text) > limit;
}

/**
 * Parses JSON, replacing each value that is nested too deeply with a string: the first thousand characters of its text.
 *
 * @throws SyntaxError for text that is not JSON
 */
export function parseCutJson(text: string, limit: number = maxJsonNesting): unknown {
  return JSON.parse(exceedsNesting(text, limit) ? cutNesting(text, limit) : text);
}

/** @throws SyntaxError for a truncated value that never ends */
function cutNesting(text: string, limit: number): string {
  const parts: string[] = [];
  let depth = 0;
  let keptUntil = 0;
  let cutFrom = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
    } else if (isOpening(code)) {
      depth += 1;
      if (depth === limit + 1) cutFrom = at;
    } else if (isClosing(code)) {
      depth -= 1;
      if (depth !== limit) continue;
      parts.push(
        text.slice(keptUntil, cutFrom),
        JSON.stringify(text.slice(cutFrom, at + 1).slice(0, maxKeptLength)),
      );
      keptUntil = at + 1;
    }
  }
  if (depth > limit) throw new SyntaxError('Unexpected end of JSON input');
  return [...parts, text.slice(keptUntil)].join('');
}

const isOpening = (code: number): boolean => code === 0x5b || code === 0x7b;
const isClosing = (code: number): boolean => code === 0x5d || code === 0x7d;

/** Index of the closing quote of the string that starts at `start`, or the text's length. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === backslash) at += 1;
    else if (code === quote) return at;
  }
  return text.length;
}
