/** A line of the gateway's log, or of its audit log. */
export interface LogLine {
  /** As it was written, without what a collector put before it. */
  text: string;
  at: number;
  fields: Record<string, unknown>;
}

/** What a log says about one swap. */
export interface SwapStory {
  swapId: string;
  /** By time; lines of the same millisecond as they came. */
  lines: LogLine[];
  /** When the swap was accepted, milliseconds since the epoch; undefined if the log does not say it. */
  acceptedAt: number | undefined;
  /** Swaps that were requested by a request with the given id, if there is no swap with it. */
  requested: string[];
}

const acceptance = 'swap accepted';
/** Shown elsewhere, or the same in every line. */
const shownApart = new Set(['time', 'level', 'msg', 'swap', 'traceId', 'err']);

/** Reads one line of output. @returns undefined for what is no line of the log */
export function readLine(text: string): LogLine | undefined {
  // `docker compose logs` and `kubectl logs --timestamps` put something before each line.
  const json = text.slice(text.indexOf('{'));
  try {
    const fields: unknown = JSON.parse(json);
    if (typeof fields !== 'object' || fields === null || !('time' in fields)) return undefined;
    const { time } = fields;
    const at = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : Number.NaN;
    return Number.isNaN(at) ? undefined : { text: json.trimEnd(), at, fields: fields as LogLine['fields'] };
  } catch {
    return undefined;
  }
}

/**
 * Collects the lines about a swap: those with its id, and those without any swap's id that have the id of a request which one of
 * the former has. Holds nothing else in memory but lines of the second kind.
 */
export async function collectStory(swapId: string, output: AsyncIterable<string>): Promise<SwapStory> {
  const lines: LogLine[] = [];
  const others = new Map<unknown, LogLine[]>();
  const requested = new Set<string>();
  for await (const text of output) {
    const isAboutIt = text.includes(swapId);
    if (!isAboutIt && !text.includes('"requestId"')) continue;
    const line = readLine(text);
    if (!line) continue;
    const { swap, requestId } = line.fields;
    if (swap === swapId) lines.push(line);
    else if (typeof swap === 'string') {
      if (requestId === swapId) requested.add(swap);
    } else if (typeof requestId === 'string') {
      const known = others.get(requestId);
      if (known) known.push(line);
      else others.set(requestId, [line]);
    }
  }
  for (const requestId of new Set(lines.map(({ fields }) => fields['requestId'])))
    if (requestId !== undefined) lines.push(...(others.get(requestId) ?? []));
  lines.sort((a, b) => a.at - b.at);
  const acceptedAt = lines.find(({ fields }) => fields['msg'] === acceptance)?.at;
  return { swapId, lines, acceptedAt, requested: [...requested] };
}

/** Tells the story, one line of text per line of the log, with times since the acceptance. */
export function tellStory({ swapId, lines, acceptedAt }: SwapStory): string[] {
  const first = lines[0]?.at ?? 0;
  const from = acceptedAt ?? first;
  const traceIds = new Set(lines.flatMap(({ fields }) => fields['traceId'] ?? []));
  const since =
    acceptedAt === undefined
      ? `The log does not have its acceptance; times are since its first line, ${iso(first)}`
      : `accepted ${iso(acceptedAt)}`;
  return [
    `swap ${swapId}`,
    since,
    ...[...traceIds].map((traceId) => `trace ${traceId}`),
    ...lines.map((line) => `${seconds(line.at - from)}  ${describe(line.fields)}`),
  ].map(printable);
}

function describe(fields: LogLine['fields']): string {
  const { level, msg, err } = fields;
  const isAudit = msg === 'audit';
  const rest = Object.entries(fields)
    .filter(([name, value]) => !shownApart.has(name) && value !== undefined && !(isAudit && name === 'event'))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const what = isAudit ? `audit: ${String(fields['event'])}` : String(msg);
  const urgency = level === 'info' || level === undefined ? '' : `${String(level).toUpperCase()} `;
  const cause = errorText(err);
  return [`${urgency}${what}`, ...rest, ...(cause === undefined ? [] : [`err=${cause}`])].join('  ');
}

/** Without the stack trace, which `--json` shows. */
function errorText(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { type, message } = error as { type?: unknown; message?: unknown };
  return `${String(type)}: ${String(message)}`;
}

const iso = (at: number): string => new Date(at).toISOString();
const seconds = (ms: number): string => `${ms < 0 ? '' : '+'}${(ms / 1000).toFixed(3)} s`.padStart(12);
/** Control characters must not reach the terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '\uFFFD');
