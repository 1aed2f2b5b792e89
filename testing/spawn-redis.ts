import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { freePort } from './free-port.ts';
import { killWithParent } from './kill-with-parent.ts';

export interface RedisServer {
  url: string;
  port: number;
  /** Of its files. */
  folder: string;
  /** Sends a signal to the server, such as SIGSTOP. Not available for an external server. */
  signal(name: NodeJS.Signals): void;
  /** Kills it at once. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with its persisted data. */
  start(): Promise<void>;
  /** Stops it, whatever its state, and removes its files. */
  remove(): Promise<void>;
}

/**
 * A real Redis server on a free port.
 *
 * @param durable writes every command to a file before responding, so that `kill` loses nothing
 * @param password required from every client, and part of `url`; none by default
 * @param settings overrides, as in redis.conf
 * @throws Error if redis-server is not on PATH; see scripts/ensure-redis
 */
export async function spawnRedis({
  durable = false,
  password = '',
  settings: given = {},
}: {
  durable?: boolean;
  password?: string;
  settings?: Record<string, string>;
} = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'face-swap-redis-'));
  const port = await freePort();
  const url = `redis://${password && `:${password}@`}127.0.0.1:${port}`;
  let child: ChildProcess | undefined;

  const server: RedisServer = {
    url,
    port,
    folder,
    signal: (name) => void child?.kill(name),
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async start() {
      const settings = {
        port: String(port),
        bind: '127.0.0.1',
        dir: folder,
        save: '',
        appendonly: durable ? 'yes' : 'no',
        appendfsync: 'always',
        requirepass: password,
        ...given,
      };
      const args = Object.entries(settings).flatMap(([name, value]) => [
        `--${name}`,
        ...(name === 'dir' ? [value] : value.split(' ')),
      ]);
      child = killWithParent(spawn('redis-server', args, { stdio: 'ignore', detached: true }));
      const failed = new Promise<never>((_resolve, reject) => {
        child?.once('error', () =>
          reject(new Error('redis-server cannot be started: run scripts/ensure-redis')),
        );
        child?.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
      });
      failed.catch(() => undefined);
      await Promise.race([answers(url), failed]);
    },
    async remove() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function answers(url: string): Promise<void> {
  const client = createClient({ url, socket: { reconnectStrategy: 20 } });
  client.on('error', () => undefined);
  await client.connect();
  // Until it has loaded its file, it accepts connections but rejects commands.
  while ((await client.ping().catch(() => '')) !== 'PONG') await sleep(20);
  client.destroy();
}
