import { parseArgs } from 'node:util';
import { readDuration } from './durations.ts';
import * as text from './text.ts';

/** A request to the administration. */
export interface OpsRequest {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  /** What a 404 means; absent: the gateway has no such route. */
  missing?: string;
}

export interface OpsCommand {
  requests: OpsRequest[];
  json: boolean;
  /** @param now milliseconds since the epoch */
  show(result: Record<string, unknown>, now: number): string;
}

/** A wrong command line. */
export class UsageError extends Error {
  readonly usage: string;

  constructor(message: string, usage: string) {
    super(message);
    this.usage = usage;
  }
}

interface Values {
  for?: string;
  note?: string;
  first?: string;
}

interface Command {
  /** Name of its argument. */
  argument?: string;
  options: (keyof Values)[];
  summary: string;
  requests(argument: string, values: Values): OpsRequest[];
  show: OpsCommand['show'];
}

const get = (path: string): OpsRequest => ({ method: 'GET', path });
const listed = (path: string, { first = '100' }: Values): OpsRequest => {
  if (!/^\d{1,4}$/.test(first) || Number(first) < 1 || Number(first) > 1000)
    throw new Error('--first must be between 1 and 1000');
  return get(`${path}?first=${first}`);
};
const ofSwap = (method: 'GET' | 'POST', id: string, act = ''): OpsRequest => ({
  method,
  path: `/swaps/${encodeURIComponent(id)}${act}`,
  missing: `there is no swap ${text.clean(id)}`,
});

const commands: Record<string, Command> = {
  queue: {
    options: ['first'],
    summary: 'counts, pauses, and the next waiting swaps in order',
    requests: (_none, values) => [get('/queue'), listed('/queue/swaps', values)],
    show: text.showQueue,
  },
  show: {
    argument: 'ID',
    options: [],
    summary: "a swap of any client, by the gateway's id or ModelsLab's",
    requests: (id) => [ofSwap('GET', id)],
    show: text.showSwap,
  },
  pause: {
    options: ['for', 'note'],
    summary: 'submits nothing more, on all instances, until resumed or for a time',
    requests: (_none, { for: duration, note }) => [
      {
        method: 'POST',
        path: '/queue/pause',
        body: { ...(duration !== undefined && { forMs: readDuration(duration) }), ...(note && { note }) },
      },
    ],
    show: text.showPauses,
  },
  resume: {
    options: [],
    summary: 'ends every pause, also those for credits and after a 429',
    requests: () => [{ method: 'POST', path: '/queue/resume' }],
    show: text.showResumed,
  },
  requeue: {
    argument: 'ID',
    options: [],
    summary: 'puts an open swap back that is in no queue; never submits one that may be at ModelsLab',
    requests: (id) => [ofSwap('POST', id, '/requeue')],
    show: text.showRequeued,
  },
  webhooks: {
    options: ['first'],
    summary: "clients' webhooks that wait for their next attempt, and those that were given up",
    requests: (_none, values) => [listed('/webhooks', values)],
    show: text.showWebhooks,
  },
  redeliver: {
    argument: 'ID',
    options: [],
    summary: "delivers a finished swap to its client's webhook again",
    requests: (id) => [ofSwap('POST', id, '/redeliver')],
    show: text.showRedelivered,
  },
  clients: {
    options: [],
    summary: 'clients, their limits, and their open swaps',
    requests: () => [get('/clients')],
    show: text.showClients,
  },
};

const optionHelp: Record<keyof Values | 'json' | 'help', string> = {
  for: '--for 30m      how long: a number with s, m, h or d; default: until resumed',
  note: '--note TEXT    why; shown by queue',
  first: '--first 100    how many to list, at most 1000',
  json: '--json         prints the response of the gateway',
  help: '--help',
};

const title = (name: string): string => `${name}${commands[name]?.argument ? ' ID' : ''}`;
const usage = `usage: npm run --silent ops -- COMMAND [OPTIONS]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${title(name).padEnd(14)} ${summary}`)
  .join('\n')}

  ${optionHelp.json}
  ${optionHelp.help}         of a command: its options

Needs ADMIN_PORT (or ADMIN_URL) and ADMIN_TOKEN (or ADMIN_TOKEN_FILE), from the environment or .env.
Exits with 0 if it did what was asked, with 1 if it did not, and with 2 for a wrong command line.`;

const usageOf = (name: string): string =>
  [
    `usage: npm run --silent ops -- ${title(name)} [OPTIONS]`,
    '',
    `  ${commands[name]?.summary}`,
    '',
    ...[...(commands[name]?.options ?? []), 'json', 'help'].map(
      (option) => `  ${optionHelp[option as keyof typeof optionHelp]}`,
    ),
  ].join('\n');

/** @throws UsageError */
export function readCommandLine(words: string[]): OpsCommand | { help: string } {
  const { values, positionals } = parse(words);
  const [name, argument = '', ...rest] = positionals;
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (name === undefined || !command) {
    if (values.help && name === undefined) return { help: usage };
    throw new UsageError(
      name === undefined ? 'a command is missing' : `unknown command: ${text.clean(name)}`,
      usage,
    );
  }
  const own = usageOf(name);
  if (values.help) return { help: own };
  if (command.argument && argument === '') throw new UsageError(`${name} needs an ${command.argument}`, own);
  if (rest.length > 0 || (!command.argument && argument !== ''))
    throw new UsageError(
      `too many arguments: ${text.clean((command.argument ? rest : [argument]).join(' '))}`,
      own,
    );
  for (const option of ['for', 'note', 'first'] as const)
    if (values[option] !== undefined && !command.options.includes(option))
      throw new UsageError(`${name} has no option --${option}`, own);
  try {
    return { requests: command.requests(argument, values), json: values.json ?? false, show: command.show };
  } catch (error) {
    throw new UsageError((error as Error).message, own);
  }
}

function parse(words: string[]) {
  try {
    return parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        for: { type: 'string' },
        note: { type: 'string' },
        first: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message, usage);
  }
}
