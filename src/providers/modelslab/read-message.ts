const maxMessageLength = 500;
const maxDepth = 8;
const maxParts = 50;

/** Labels that carry no information. */
const plainFields = new Set(['message', 'messege', 'error', 'errors', 'detail', 'details', 'msg', 'text']);

/**
 * One line of text, at most 500 characters. Validation messages may be objects of lists: they become `field: text;
 * field: text`.
 */
export function readMessage(...values: unknown[]): string {
  const parts: string[] = [];
  const visit = (value: unknown, label: string, depth: number): void => {
    if (parts.length >= maxParts || depth > maxDepth) return;
    if (typeof value === 'string' || typeof value === 'number') {
      const text = oneLine(String(value).slice(0, 4 * maxMessageLength));
      const part = label === '' || text === '' ? text : `${label}: ${text}`;
      if (part !== '' && !parts.includes(part)) parts.push(part);
    } else if (Array.isArray(value)) {
      for (const item of value.slice(0, maxParts) as unknown[]) visit(item, label, depth + 1);
    } else if (typeof value === 'object' && value !== null) {
      // FastAPI's format: location and message.
      const { loc, msg } = value as { loc?: unknown; msg?: unknown };
      if (Array.isArray(loc) && typeof msg === 'string') {
        visit(msg, oneLine(String(loc.at(-1)).slice(0, 60)), depth + 1);
        return;
      }
      for (const key of Object.keys(value).slice(0, maxParts)) {
        const name = plainFields.has(key) || /^\d+$/.test(key) ? label : oneLine(key.slice(0, 60));
        visit((value as Record<string, unknown>)[key], name, depth + 1);
      }
    }
  };
  for (const value of values) visit(value, '', 0);
  return parts.join('; ').slice(0, maxMessageLength).toWellFormed();
}

const oneLine = (text: string): string =>
  text
    .replace(/<[^>]{0,200}>/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
