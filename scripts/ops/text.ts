/** What the commands print. Values come from the gateway's JSON. */
import { showDuration } from './durations.ts';

type Result = Record<string, unknown>;
type Cell = string | number | boolean | null | undefined;

/** Without control characters, which would reach the terminal. */
export const clean = (text: string): string => text.replace(/\p{Cc}/gu, '?');

const cell = (value: unknown): string => (value === null || value === undefined ? '–' : clean(String(value)));
const rowsOf = (value: unknown): Result[] => (Array.isArray(value) ? (value as Result[]) : []);

function table(head: string[], rows: Cell[][]): string {
  const texts = [head, ...rows.map((row) => row.map(cell))];
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  return texts
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const ago = (time: unknown, now: number): string =>
  typeof time === 'string' ? showDuration(Math.max(now - Date.parse(time), 0)) : '–';
const ahead = (time: unknown, now: number): string =>
  typeof time === 'string' ? showDuration(Math.max(Date.parse(time) - now, 0)) : '–';

function pauseLine({ reason, since, until, note }: Result, now: number): string {
  const begun = typeof since === 'string' ? `, for ${ago(since, now)} so far` : '';
  const isCredits = reason === 'ACCOUNT_CREDITS';
  const end =
    typeof until === 'string'
      ? `, ${isCredits ? 'next attempt' : 'ends'} in ${ahead(until, now)}`
      : isCredits
        ? ', a swap is being tried'
        : ', until resumed';
  return `paused: ${cell(reason)}${begun}${end}${typeof note === 'string' ? `: ${clean(note)}` : ''}`;
}

export function showPauses(result: Result, now: number): string {
  return rowsOf(result['pauses'])
    .map((pause) => pauseLine(pause, now))
    .join('\n');
}

export function showQueue(result: Result, now: number): string {
  const { waiting, running, slots, unresolved, upstreamAvailable } = result;
  const swaps = rowsOf(result['swaps']);
  const counts = `${cell(waiting)} waiting, ${cell(running)} of ${cell(slots)} slots used, ${cell(unresolved)} unresolved`;
  const rows = swaps.map(({ position, id, client, createdAt, expiresAt }) => [
    cell(position),
    cell(id),
    cell(client),
    ago(createdAt, now),
    ahead(expiresAt, now),
  ]);
  return [
    counts,
    ...(result['paused'] === true ? [showPauses(result, now) || 'paused'] : []),
    ...(upstreamAvailable === false ? ['ModelsLab does not respond: submissions are held back'] : []),
    ...(rows.length > 0 ? ['', table(['#', 'SWAP', 'CLIENT', 'AGE', 'EXPIRES IN'], rows)] : []),
    ...(swaps.length < Number(waiting) ? [`… and ${Number(waiting) - swaps.length} more, see --first`] : []),
  ].join('\n');
}

export function showSwap(swap: Result): string {
  const { error, ...facts } = swap;
  const { code, message, retryable } = (error ?? {}) as Result;
  const shown = {
    ...facts,
    error: error ? `${cell(code)}${retryable === true ? ' (retryable)' : ''}: ${cell(message)}` : null,
  };
  return table(
    ['FIELD', 'VALUE'],
    Object.entries(shown).map(([name, value]) => [name, cell(value)]),
  );
}

export function showResumed({ resumed }: Result): string {
  const reasons = Array.isArray(resumed) ? resumed.map(cell) : [];
  return reasons.length > 0 ? `resumed; it was paused: ${reasons.join(', ')}` : 'the queue was not paused';
}

export function showRequeued({ id, action, queuePosition }: Result): string {
  return action === 'follow'
    ? `${cell(id)} may be at ModelsLab: it is followed again, and not submitted`
    : `${cell(id)} waits again${queuePosition === null ? '' : `, at position ${cell(queuePosition)}`}`;
}

export function showRedelivered({ id, events }: Result): string {
  return `${cell(id)} is delivered again: ${Array.isArray(events) ? events.map(cell).join(', ') : '–'}`;
}

export function showWebhooks(result: Result, now: number): string {
  const section = (
    title: string,
    total: unknown,
    rows: Result[],
    head: string,
    time: (row: Result) => string,
  ) =>
    [
      `${cell(total)} ${title}`,
      ...(rows.length > 0
        ? [
            table(
              ['SWAP', 'EVENT', 'CLIENT', 'HOST', 'ATTEMPTS', head],
              rows.map((row) => [
                ...['swap', 'event', 'client', 'host', 'attempts'].map((name) => cell(row[name])),
                time(row),
              ]),
            ),
          ]
        : []),
    ].join('\n');
  return [
    section('waiting', result['waiting'], rowsOf(result['waitingWebhooks']), 'DUE IN', ({ dueAt }) =>
      ahead(dueAt, now),
    ),
    '',
    section('given up', result['givenUp'], rowsOf(result['givenUpWebhooks']), 'AGO', ({ givenUpAt }) =>
      ago(givenUpAt, now),
    ),
  ].join('\n');
}

export function showClients({ clients }: Result): string {
  const rows = rowsOf(clients).map((row) => [
    cell(row['client']),
    cell(row['keys']),
    cell(row['queued']),
    cell(row['inProgress']),
    cell(row['maxWaiting']),
    cell(row['swapsPerDay']),
    row['consentRequired'] === true ? 'required' : '–',
    row['watermarkRequired'] === true ? 'required' : '–',
  ]);
  const head = ['CLIENT', 'KEYS', 'QUEUED', 'IN PROGRESS', 'MAX WAITING', 'PER DAY', 'CONSENT', 'WATERMARK'];
  return rows.length > 0 ? table(head, rows) : 'there are no clients';
}
