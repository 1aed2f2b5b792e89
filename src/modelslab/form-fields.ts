const maxFields = 200;
const jsonFields = ['payload', 'data', 'json', 'body', 'result'];

/**
 * A form-encoded body as JSON: the object in a field of its own, or the fields themselves, with `output[]` and `output[0]` as
 * lists. Undefined if it is not a form.
 */
export function formFields(text: string): unknown {
  if (!/^[\w.%+[\]-]{1,100}=/.test(text.trim())) return undefined;
  const fields: Record<string, unknown> = {};
  let count = 0;
  for (const [key, value] of new URLSearchParams(text.trim())) {
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
