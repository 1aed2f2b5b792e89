const maxFields = 200;
const jsonFields = ['payload', 'data', 'json', 'body', 'result'];

const multipartField =
  /Content-Disposition:\s*form-data;[^\r\n]{0,200}?\bname="([^"\r\n]{1,100})"[^\r\n]{0,200}(?:\r?\n[^\r\n]{1,300}){0,5}\r?\n\r?\n/i;

/**
 * Converts a form-encoded or multipart body to what JSON would hold: the object in a single field, or the fields
 * themselves, with `output[]` and `output[0]` as lists. Undefined if it is not a form.
 */
export function formFields(text: string): unknown {
  const entries = entriesOf(text.trim());
  if (!entries) return undefined;
  const fields: Record<string, unknown> = {};
  let count = 0;
  for (const [key, value] of entries) {
    count += 1;
    if (count > maxFields) break;
    const [, name = key, isList] = /^([^[\]]+)(\[\d*\])?$/.exec(key) ?? [];
    const earlier = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const next: unknown = isList === undefined ? value : [...(Array.isArray(earlier) ? earlier : []), value];
    Object.defineProperty(fields, name, {
      value: next,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  for (const name of jsonFields) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === 'string' && /^\s*[[{]/.test(value)) fields[name] = parseJson(value);
  }
  return fields;
}

function entriesOf(text: string): Iterable<[string, string]> | undefined {
  if (/^--[^\s]{1,200}\r?\n/.test(text)) return multipartEntries(text);
  return /^[\w.%+[\]-]{1,100}=/.test(text) ? new URLSearchParams(text) : undefined;
}

/** The boundary is on the first line. */
function multipartEntries(text: string): [string, string][] {
  const boundary = text.slice(0, text.search(/\r?\n/));
  const entries: [string, string][] = [];
  for (const part of text.split(boundary, maxFields + 2).slice(1)) {
    const header = multipartField.exec(part);
    const name = header?.[1];
    if (header && name !== undefined)
      entries.push([name, part.slice(header.index + header[0].length).replace(/\r?\n$/, '')]);
  }
  return entries;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
