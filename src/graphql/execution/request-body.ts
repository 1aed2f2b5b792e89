/** Body fields that Apollo reads. Anything else would be retained for the lifetime of the request. */
const readFields = ['query', 'operationName', 'variables', 'extensions'];

/**
 * Strips a request body of what its operation cannot use: unknown fields, and variables whose names do not occur in the query
 * text. A request can wait a minute for its swap, and its body is retained until then.
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
