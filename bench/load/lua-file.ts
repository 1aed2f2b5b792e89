/** A Lua file that returns the value. @throws Error for text that Lua's long brackets cannot hold */
export function luaFile(value: unknown): string {
  return `return ${lua(value)}\n`;
}

function lua(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `{${value.map(lua).join(',\n')}}`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, field]) => `${name}=${lua(field)}`)
      .join(',')}}`;
  return quote(String(value));
}

/** Lua's long brackets: nothing is escaped, and a line break at the beginning is dropped. */
function quote(text: string): string {
  if (text.includes(']====]')) throw new Error('text cannot be handed to wrk');
  return `[====[\n${text}]====]`;
}
