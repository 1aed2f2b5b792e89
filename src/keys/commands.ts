import { parseArgs } from 'node:util';
import { clientNamePattern } from '../clients/clients-file.js';
import { type Scope, scopes } from '../swap/principal.js';
import type { ClientStore } from './client-store.js';
import { addKey, describeKeys, generateKey, KeysError, revokeKeys, rotateKey } from './edits.js';
import { findWebhookSecret } from './webhook-secret.js';

export interface KeysContext {
  store: ClientStore;
  /** Milliseconds since the epoch. */
  now: number;
  /** The gateway's environment variables. */
  environment: Readonly<Record<string, string | undefined>>;
}

/** One command: its arguments without its name. @returns the lines to print. @throws KeysError */
type Command = (args: string[], context: KeysContext) => string[];

export const usage = [
  'usage: npm run keys -- COMMAND',
  '',
  '  create NAME [--scopes swap,read,cancel,erase,upload] [--expires 90d]   a key, for a new client or one that exists',
  '  rotate NAME [--overlap 24h] [--expires 90d]   a new key; the others expire after the overlap',
  '  revoke NAME [--key HASH]   removes all keys of a client, or the one whose hash starts with HASH',
  '  list',
  '  webhook-secret (NAME | --jwt) [--generation N]   the secret that signs the webhooks of a client, or of the issuer of the JWTs',
  '',
  'Changes the file of CLIENTS_FILE, or of --file PATH. Without one, prints the entry for GATEWAY_API_KEYS.',
  'NAME has 1 to 64 letters, digits, dots, dashes or underscores. Times: 30m, 24h, 90d, or 2027-01-31T00:00:00Z.',
];

const commands: Record<string, Command> = {
  create,
  rotate,
  revoke,
  list,
  'webhook-secret': (args, { store, environment }) => [findWebhookSecret(args, store, environment)],
};

/**
 * Runs a command. A name alone means `create NAME`.
 * @throws KeysError for an unknown command, invalid arguments or a change that is not possible
 */
export function runCommand([first, ...rest]: string[], context: KeysContext): string[] {
  if (first === undefined) throw new KeysError(usage.join('\n'));
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (command) return command(rest, context);
  if (rest.length > 0) throw new KeysError(usage.join('\n'));
  return create([first], context);
}

function create(args: string[], { store, now }: KeysContext): string[] {
  const { name, values } = readArguments(args, ['scopes', 'expires']);
  requireSettings(store, values);
  const key = generateKey();
  const expiresAt = readExpiry(values['expires'], now);
  const change = store.edit((clients) =>
    addKey(clients, name, { key, expiresAt }, readScopes(values['scopes'])),
  );
  return [...showKey(name, key), ...change];
}

const defaultOverlap = '24h';

function rotate(args: string[], { store, now }: KeysContext): string[] {
  const { name, values } = readArguments(args, ['overlap', 'expires']);
  requireSettings(store, values);
  const key = generateKey();
  const expiresAt = readExpiry(values['expires'], now);
  if (!store.hasSettings) {
    const change = store.edit((clients) => {
      if (!clients.some((client) => client.name === name)) throw new KeysError(`there is no client ${name}`);
      return addKey(clients, name, { key, expiresAt }, undefined);
    });
    return [
      ...showKey(name, key),
      ...change,
      '',
      `Remove the other keys of ${name} once it uses the new one.`,
    ];
  }
  const overlap = values['overlap'] ?? defaultOverlap;
  const until = readTime(overlap, now, '--overlap');
  const change = store.edit((clients) => rotateKey(clients, name, { key, expiresAt }, { until, now }));
  return [
    ...showKey(name, key),
    ...change,
    `The other keys of ${name} stop working at ${new Date(until).toISOString()}.`,
  ];
}

function revoke(args: string[], { store }: KeysContext): string[] {
  const { name, values } = readArguments(args, ['key']);
  const prefix = values['key'];
  if (prefix !== undefined && !/^[0-9a-f]{6,64}$/i.test(prefix))
    throw new KeysError('--key: must be the first 6 or more hexadecimal digits of the hash, see `list`');
  return store.edit((clients) => revokeKeys(clients, name, prefix));
}

function list(args: string[], { store, now }: KeysContext): string[] {
  if (args.length > 0) throw new KeysError(usage.join('\n'));
  const lines = describeKeys(store.read(), now);
  return lines.length > 0 ? lines : ['no clients'];
}

function showKey(name: string, key: string): string[] {
  return [
    `Key of ${name}, to be sent as "Authorization: Bearer KEY"; it cannot be shown again:`,
    '',
    `  ${key}`,
    '',
  ];
}

function readArguments(args: string[], options: string[]): { name: string; values: Record<string, string> } {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: Object.fromEntries(options.map((option) => [option, { type: 'string' as const }])),
      allowPositionals: true,
    });
    const [name = '', ...others] = positionals;
    if (clientNamePattern.test(name) && others.length === 0)
      return { name, values: values as Record<string, string> };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new KeysError(usage.join('\n'));
}

/** GATEWAY_API_KEYS has names and hashes only. */
function requireSettings({ hasSettings }: ClientStore, values: Record<string, string>): void {
  const [option] = Object.keys(values);
  if (!hasSettings && option !== undefined)
    throw new KeysError(`--${option}: needs CLIENTS_FILE, or --file PATH`);
}

function readScopes(text: string | undefined): Scope[] | undefined {
  const names = text?.split(',').map((name) => name.trim());
  const isScope = (name: string): name is Scope => (scopes as readonly string[]).includes(name);
  if (names && !names.every(isScope)) throw new KeysError(`--scopes: must be of ${scopes.join(', ')}`);
  return names?.filter(isScope);
}

const readExpiry = (text: string | undefined, now: number): number | undefined =>
  text === undefined ? undefined : readTime(text, now, '--expires');

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration from now, or a time. @returns milliseconds since the epoch */
function readTime(text: string, now: number, option: string): number {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const at =
    unit === undefined ? readInstant(text) : now + Number(amount) * unitMs[unit as keyof typeof unitMs];
  if (at >= now) return at;
  throw new KeysError(
    `${option}: must be such as 30m, 24h or 90d, or a time to come such as 2027-01-31T00:00:00Z`,
  );
}

const readInstant = (text: string): number =>
  /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
