import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from '../src/swap/principal.js';
import { temporaryFolder } from './temporary-folder.js';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A key of a client in CLIENTS_FILE: `KEY-key`, as `bearer(KEY)` sends it. */
export const keyOf = (name: string, expiresAt?: number) => ({
  sha256: sha256(`${name}-key`),
  ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
});

export interface FileClient {
  name: string;
  keys?: object[];
  scopes?: Scope[];
  quotas?: { swapsPerDay?: number | 'off'; maxWaiting?: number };
  watermark?: 'client' | 'required';
  consent?: 'client' | 'required';
  webhookSecretGeneration?: number;
}

/** A CLIENTS_FILE that the test can change. A client without `keys` has the key `NAME-key`. */
export interface TestClientsFile {
  path: string;
  write(...clients: FileClient[]): void;
  writeText(text: string): void;
}

export const clientsJson = (...clients: FileClient[]): string =>
  JSON.stringify({ clients: clients.map((client) => ({ keys: [keyOf(client.name)], ...client })) });

export function createClientsFile(...clients: FileClient[]): TestClientsFile {
  const path = join(temporaryFolder(), 'clients.json');
  const writeText = (text: string): void => writeFileSync(path, text);
  writeText(clientsJson(...clients));
  return { path, writeText, write: (...others) => writeText(clientsJson(...others)) };
}
