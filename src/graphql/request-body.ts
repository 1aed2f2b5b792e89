/** What Apollo reads of a body. Whatever else a client sends would be kept for as long as the request is. */
const readFields = ['query', 'operationName', 'variables', 'extensions'];

/**
 * A request's body without what its operation cannot use: unknown fields, and variables that the text of the query does not
 * mention. A request may be held for a minute for its swap to end, and everything in its body with it.
 */
export function usedBody(body: unknown): unknown {
  if (!isRecord(body)) return body;
  const used = Object.keys(body).every((name) => readFields.includes(name))
    ? body
    : Object.fromEntries(readFields.filter((name) => name in body).map((name) => [name, body[name]]));
  const { query, variables } = body;
  if (typeof query !== 'string' || !isRecord(variables)) return used;
  const names = Object.keys(variables);
  if (names.length <= 2 && names.every((name) => query.includes(`$${name}`))) return used;
  const mentioned = new Set(Array.from(query.matchAll(/\$([A-Za-z0-9_]+)/g), ([, name]) => name));
  const kept = names.filter((name) => mentioned.has(name));
  return { ...used, variables: Object.fromEntries(kept.map((name) => [name, variables[name]])) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
