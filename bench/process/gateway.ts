import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../testing/free-port.ts';
import { type ChildOptions, type Server, startNode, stopChild, waitFor } from './child.ts';
import type { Core } from './pin.ts';

export interface GatewayOptions {
  core: Core | undefined;
  /** Used by this gateway only; may contain the database of an earlier one. */
  folder: string;
  /** URL for submissions. */
  upstreamUrl: string;
  env?: Record<string, string>;
  nodeOptions?: ChildOptions['nodeOptions'];
  ipc?: boolean;
  /** A script to run in place of the gateway's own entry point, relative to the project's root. */
  script?: string;
  wrapper?: ChildOptions['wrapper'];
}

export const projectRoot: string = join(import.meta.dirname, '../..');

const keyOf = (client: string): string => `key-of-the-${client}`;
/** Sent by clients of the gateway; peers receive it too, and ignore it. */
export const authorization = `Bearer ${keyOf('bench')}`;
/** Sent by a second client of the same gateway. */
export const otherAuthorization = `Bearer ${keyOf('other')}`;

/**
 * The gateway as deployed: `dist/`, production mode, with keys, all limits and the log. Limits that would reject the
 * load of a single client are raised, none is off.
 */
export function gatewayEnv({ folder, upstreamUrl, env = {} }: GatewayOptions): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    DATA_DIR: join(folder, 'data'),
    // The stub's result URLs lead elsewhere.
    ARCHIVE: 'off',
    GATEWAY_API_KEYS: ['bench', 'other']
      .map((client) => `${client}:${createHash('sha256').update(keyOf(client)).digest('hex')}`)
      .join(','),
    MODELSLAB_API_KEY: 'key-of-the-stub',
    MODELSLAB_BASE_URL: upstreamUrl,
    MODELSLAB_QUEUE_LIMIT: '50',
    LOG_LEVEL: 'info',
    RATE_LIMIT: '1000000',
    MAX_WAITING: '1000000',
    MAX_WAITING_PER_CLIENT: '1000000',
    MAX_SOCKETS: '100000',
    MAX_SOCKETS_PER_ADDRESS: '100000',
    MAX_SOCKETS_PER_CLIENT: '100000',
    MAX_SUBSCRIPTIONS_PER_CLIENT: '100000',
    ...env,
  };
}

/** Starts the gateway's own entry point and waits for `/readyz`. */
export async function startGateway(options: GatewayOptions): Promise<Server> {
  mkdirSync(options.folder, { recursive: true });
  const logPath = join(options.folder, 'gateway.log');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startNode(options.script ?? 'dist/src/main.js', {
    ...options,
    env: { ...gatewayEnv(options), PORT: String(port) },
    logPath,
    cwd: projectRoot,
  });
  await waitFor(child, logPath, () => isReady(url));
  return { url, pid: child.pid ?? 0, child, stop: () => stopChild(child) };
}

export async function isReady(url: string): Promise<true | undefined> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status === 200 || undefined;
}
