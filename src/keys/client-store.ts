import { readFileSync } from 'node:fs';
import { type FileContext, parseClientsFile } from '../clients/clients-file.js';
import { KeysError, type StoredClient } from './edits.js';
import { replaceFile } from './replace-file.js';

/** Where clients and their keys are configured. */
export interface ClientStore {
  /** Whether keys can expire and clients can have scopes. */
  hasSettings: boolean;
  read(): StoredClient[];
  /** @returns lines that tell the operator what was changed, or what to change. @throws KeysError; then nothing has changed */
  edit(change: (clients: readonly StoredClient[]) => StoredClient[]): string[];
}

/** CLIENTS_FILE. The first edit creates it. */
export function createFileStore(path: string, context: FileContext): ClientStore {
  const read = (file: string): StoredClient[] => {
    const text = readText(file);
    if (text === undefined) return [];
    check(path, text, context);
    return (JSON.parse(text.replace(/^\uFEFF/, '')) as { clients: StoredClient[] }).clients;
  };
  return {
    hasSettings: true,
    read: () => read(path),
    edit(change) {
      replaceFile(path, (target) => {
        const next = `${JSON.stringify({ clients: change(read(target)) }, undefined, 2)}\n`;
        check(path, next, context);
        return next;
      });
      return [`Changed ${path}. Running gateways read it within 10 seconds, or at once on SIGHUP.`];
    },
  };
}

/** GATEWAY_API_KEYS, which the operator changes. */
export function createVariableStore({ apiKeys }: Pick<FileContext, 'apiKeys'>): ClientStore {
  const names = [...new Set(apiKeys.map(({ client }) => client))];
  const clients = names.map((name) => ({
    name,
    keys: apiKeys.filter(({ client }) => client === name).map(({ sha256 }) => ({ sha256 })),
  }));
  return {
    hasSettings: false,
    read: () => clients,
    edit(change) {
      const entries = change(clients).flatMap(({ name, keys }) =>
        keys.map(({ sha256 }) => `${name}:${sha256}`),
      );
      return [
        "For the gateway's environment, which takes effect with a restart:",
        '',
        `  GATEWAY_API_KEYS=${entries.join(',')}`,
      ];
    },
  };
}

/** @throws KeysError with a line for each problem */
function check(path: string, text: string, context: FileContext): void {
  const outcome = parseClientsFile(text, context);
  if ('problems' in outcome)
    throw new KeysError(outcome.problems.map((problem) => `${path}: ${problem}`).join('\n'));
}

/** Undefined if there is no such file. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new KeysError(`${path} cannot be read: ${code}`);
  }
}
