import { readFile } from 'node:fs/promises';
import type { Clock } from '../lib/clock.js';
import { repeat } from '../lib/repeat.js';
import type { SwapLog } from '../swap/ports.js';
import { type ClientRegistry, type ClientRegistryOptions, createClientRegistry } from './client-registry.js';
import { type ClientSettings, parseClientsFile } from './clients-file.js';

export interface LoadedClients {
  registry: ClientRegistry;
  /** Reads the file again, and logs the outcome. Never rejects: an unreadable or invalid file leaves the clients as they are. */
  reload(): Promise<void>;
  /** Whether the file was valid when it was last read. True without a file. */
  isValid(): boolean;
  /** Stops looking for changes of the file. */
  close(): Promise<void>;
}

export interface LoadClientsOptions extends Omit<ClientRegistryOptions, 'now'> {
  /** Undefined: there are only the clients of `apiKeys`. */
  path: string | undefined;
  /** How long finished swaps are kept, milliseconds. */
  resultTtlMs: number;
  /** SHA-256 of keys that the file may not contain, in lower-case hexadecimal. */
  refusedKeys?: ReadonlySet<string>;
  clock: Clock;
  log: SwapLog;
}

/**
 * How often the file is read to see whether it changed. Watching for events would miss the renamed folders by which Kubernetes
 * replaces mounted files. A revocation must take effect within a minute without a signal.
 */
const checkIntervalMs = 10_000;

/**
 * Loads the clients of CLIENTS_FILE, and reloads them when the file changes.
 * @throws Error with a line for each problem of the file
 */
export async function loadClients(options: LoadClientsOptions): Promise<LoadedClients> {
  const { path, apiKeys, defaults, clock, log } = options;
  const registry = createClientRegistry({ apiKeys, defaults, now: clock.now });
  if (path === undefined)
    return {
      registry,
      reload: async () => undefined,
      isValid: () => true,
      close: async () => undefined,
    };

  const first = await readClients(path, options);
  if ('problems' in first)
    throw new Error(first.problems.map((problem) => `CLIENTS_FILE: ${problem}`).join('\n'));
  registry.replace(first.clients);
  let loaded = first.content;
  /** What the last error line was about. */
  let rejected: string | undefined;

  const check = async (isRequested: boolean): Promise<void> => {
    const next = await readClients(path, options);
    const isKnown = next.content === (rejected ?? loaded);
    if (isKnown && !isRequested) return;
    if ('problems' in next) {
      rejected = next.content;
      log.error(
        { file: path, problems: next.problems },
        'CLIENTS_FILE is invalid; the clients of the last valid one stay in effect',
      );
      return;
    }
    registry.replace(next.clients);
    loaded = next.content;
    rejected = undefined;
    const keys = next.clients.reduce((total, client) => total + client.keys.length, 0);
    log.info({ file: path, clients: next.clients.length, keys }, 'loaded CLIENTS_FILE');
  };

  let last = Promise.resolve();
  /** One check at a time, so that an older reading never replaces a newer one. */
  const enqueue = (isRequested: boolean): Promise<void> => {
    last = last
      .then(() => check(isRequested))
      .catch((error: unknown) => log.error({ err: error }, 'failed to reload CLIENTS_FILE'));
    return last;
  };

  const closing = new AbortController();
  const { done } = repeat(
    async () => {
      await enqueue(false);
      return checkIntervalMs;
    },
    {
      clock,
      signal: closing.signal,
      retryMs: checkIntervalMs,
      startAfterMs: checkIntervalMs,
      onError: (error) => log.error({ err: error }, 'failed to reload CLIENTS_FILE'),
    },
  );

  return {
    registry,
    reload: () => enqueue(true),
    isValid: () => rejected === undefined,
    async close() {
      closing.abort();
      await done;
    },
  };
}

type Reading = { content: string } & ({ clients: ClientSettings[] } | { problems: string[] });

/** `content` distinguishes readings: the text of the file, or why there is none. */
async function readClients(path: string, context: LoadClientsOptions): Promise<Reading> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return { content: `unreadable: ${code}`, problems: [`cannot be read: ${code}`] };
  }
  return { content: `text: ${text}`, ...parseClientsFile(text, context) };
}
