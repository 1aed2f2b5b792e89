const accented: Record<string, string> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  A: 'Á',
  E: 'É',
  I: 'Í',
  O: 'Ó',
  U: 'Ú',
};
const growth = 0.4;

/** A catalog in which every text is marked and longer by 40 %, as a translation may be. */
export function lengthen<Value>(value: Value): Value {
  if (typeof value === 'string') return lengthenText(value) as Value;
  if (typeof value === 'function')
    return ((...args: unknown[]) => lengthen((value as (...args: unknown[]) => unknown)(...args))) as Value;
  if (Array.isArray(value)) return value.map(lengthen) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, lengthen(part)])) as Value;
}

function lengthenText(text: string): string {
  const letters = text.replace(/[aeiouAEIOU]/g, (letter) => accented[letter] ?? letter);
  return `${letters} ${'øn '.repeat(Math.ceil((text.length * growth) / 3))}`.trimEnd();
}
