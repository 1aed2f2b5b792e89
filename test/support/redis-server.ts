import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

export interface RedisServer {
  url: string;
  /** Sends a signal to the server, such as SIGSTOP. Not for a server that was there before. */
  signal(name: NodeJS.Signals): void;
  /** Ends it at once, without a goodbye. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what it had written. */
  start(): Promise<void>;
  /** Ends it, however it stands, and removes its files. */
  remove(): Promise<void>;
}

/**
 * A real Redis of its own, on a free port.
 *
 * @param durable keeps every write in a file, so that nothing is lost by `kill`
 * @throws Error when redis-server is not on PATH; see scripts/ensure-redis
 */
export async function spawnRedis({ durable = false } = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'face-swap-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;

  const server: RedisServer = {
    url,
    signal: (name) => void child?.kill(name),
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async start() {
      const settings = ['--save', '', '--appendonly', durable ? 'yes' : 'no', '--appendfsync', 'everysec'];
      child = spawn(
        'redis-server',
        ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...settings],
        {
          stdio: 'ignore',
        },
      );
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

/** A Redis for one test alone, which may do to it what it likes; gone when the test is over. */
export async function startRedis(options?: { durable?: boolean }): Promise<RedisServer> {
  const server = await spawnRedis(options);
  onTestFinished(() => server.remove());
  return server;
}

/** One Redis for the tests of a file: REDIS_TEST_URL, or one that is started for them. Each takes a prefix of its own. */
export function redisForTests(): { readonly url: string; newPrefix(): string } {
  let server: RedisServer | undefined;
  let url = process.env['REDIS_TEST_URL'] ?? '';
  beforeAll(async () => {
    if (url !== '') return;
    server = await spawnRedis();
    url = server.url;
  });
  afterAll(() => server?.remove());
  return {
    get url() {
      return url;
    },
    newPrefix: () => `test:${randomUUID()}:`,
  };
}

async function answers(url: string): Promise<void> {
  const client = createClient({ url, socket: { reconnectStrategy: 20 } });
  client.on('error', () => undefined);
  await client.connect();
  await client.ping();
  client.destroy();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
