import { redactUrlsOfLog } from './redact-urls.js';

/** Longer lines are left out: redacting them would delay requests. */
const maxLineLength = 256 * 1024;

/** Names of fields whose values are secret, at any depth. */
const secretNames = new Set([
  'key',
  'apiKey',
  'api_key',
  'authorization',
  'Authorization',
  'cookie',
  'token',
  'secret',
  'password',
]);
const secretField = new RegExp(`"(?:${[...secretNames].join('|')})":`);

/** A URL has a slash, or an escaped one; a file of an upload ends in .jpg or .json; bytes are a list or an object of numbers. */
const signs = ['/', '.j', '\\', '%', '&', 'data:', ':[', '"0":'];
/** Long enough for a run of base64. */
const minEncodedLine = 400;

/** False for most lines, and much cheaper than the patterns. pino's own redaction walks every line once per name and depth. */
const needsRedaction = (line: string): boolean =>
  line.length >= minEncodedLine || signs.some((sign) => line.includes(sign)) || secretField.test(line);

/**
 * Removes secrets from a complete log line: the values of fields that are named like one; URLs of pictures, uploads, results and
 * webhooks, whatever field contains them; and bytes, which may be text.
 *
 * @param line JSON, with its newline
 */
export function redactLogLine(line: string): string {
  if (!needsRedaction(line)) return line;
  if (line.length > maxLineLength) return leftOut(line);
  try {
    const fields = JSON.parse(line) as Record<string, unknown>;
    const redacted = redactValue(fields) as Record<string, unknown>;
    // Audit entries name the client exactly. The subject of a JWT may look like a URL.
    if ('client' in fields) redacted['client'] = fields['client'];
    return `${JSON.stringify(redacted)}\n`;
  } catch {
    // Not JSON, or nested too deeply.
    return leftOut(line);
  }
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactUrlsOfLog(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(redactValue);
  if (isBytes(value)) return '[bytes]';
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      redactUrlsOfLog(name),
      secretNames.has(name) ? '[redacted]' : redactValue(field),
    ]),
  );
}

/** Whether this was a Buffer or a typed array. Errors of Node.js' HTTP parser have the bytes of the request. */
function isBytes(value: object): boolean {
  if ('type' in value && value.type === 'Buffer') return true;
  const entries = Object.entries(value);
  return entries.length > 0 && entries.every(([name, item], index) => name === String(index) && isByte(item));
}

const isByte = (item: unknown): boolean =>
  typeof item === 'number' && Number.isInteger(item) && item >= 0 && item < 256;

/** The level and the time stay. */
function leftOut(line: string): string {
  const [, head = '{'] = /^(\{"level":"\w{1,10}","time":"[\w:.+-]{1,40}",)/.exec(line) ?? [];
  return `${head}"msg":"left out a log line of ${line.length} characters"}\n`;
}
