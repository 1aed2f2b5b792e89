/**
 * Reads the format of server-sent events.
 *
 * @param onEvent receives each event's type, `message` if it has none, and its data
 * @returns a function for the chunks of the stream, which may be cut anywhere
 */
export function createEventReader(
  onEvent: (type: string, data: string) => void,
): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  let type = '';
  let data: string[] = [];
  const readLine = (line: string): void => {
    if (line === '') {
      if (type || data.length > 0) onEvent(type || 'message', data.join('\n'));
      type = '';
      data = [];
      return;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') type = value;
    if (field === 'data') data.push(value);
  };
  return (chunk) => {
    rest += decoder.decode(chunk, { stream: true });
    // The second half of a line break may be still to come.
    const complete = rest.endsWith('\r') ? rest.length - 1 : rest.length;
    const lines = rest.slice(0, complete).split(/\r\n|\r|\n/);
    rest = `${lines.pop() ?? ''}${rest.slice(complete)}`;
    for (const line of lines) readLine(line);
  };
}
