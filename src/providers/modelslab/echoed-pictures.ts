/** Longer than any text that matters, and shorter than a picture as base64. */
const maxStringLength = 64 * 1024;

/**
 * Empties the long strings of a JSON text: ModelsLab repeats the request in `meta`, and so the pictures. Works on text that is
 * truncated or not quite JSON; short texts are returned as they are.
 *
 * @param minLength in characters; shorter texts are not changed
 */
export function dropEchoedPictures(text: string, minLength: number): string {
  if (text.length < minLength) return text;
  const kept: string[] = [];
  let from = 0;
  for (let start = text.indexOf('"'); start !== -1; ) {
    const end = endOfString(text, start + 1);
    if (end - start > maxStringLength) {
      kept.push(text.slice(from, start + 1));
      from = end;
    }
    start = text.indexOf('"', end + 1);
  }
  kept.push(text.slice(from));
  return kept.join('');
}

/** The index of the closing quote, or the end of a truncated text. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
