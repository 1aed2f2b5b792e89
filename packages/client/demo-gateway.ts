import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface DemoGateway {
  url: string;
  /** Ends it and removes what it kept. Safe to call when it has ended by itself. */
  close(): Promise<void>;
}

/**
 * Starts a gateway of its own with the sandbox: on a free port, with a data directory that is removed afterwards. Variables of
 * this process, an API key above all, do not reach it, so that nothing is ever paid for.
 *
 * @throws Error with what it wrote to stderr, if it ends before it is ready
 */
export async function startDemoGateway(): Promise<DemoGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'face-swap-demo-'));
  const { PATH, SystemRoot } = process.env;
  const gateway = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.js')], {
    env: { PATH, SystemRoot, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const close = async (): Promise<void> => {
    if (isRunning(gateway)) {
      const ended = once(gateway, 'exit');
      gateway.kill('SIGTERM');
      await ended;
    }
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    return { url: await readUrl(gateway), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The address is in the line of the log that says "ready". */
async function readUrl(gateway: ChildProcess): Promise<string> {
  const { stdout, stderr } = gateway;
  if (!stdout || !stderr) throw new Error('the gateway was started without pipes');
  let complaint = '';
  stderr.on('data', (chunk) => {
    complaint += String(chunk);
  });
  const lines = createInterface({ input: stdout });
  for await (const line of lines) {
    const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
    if (url === undefined || !msg?.startsWith('ready')) continue;
    // Read on, or the gateway would stand still once the pipe is full.
    stdout.resume();
    return url;
  }
  throw new Error(`the gateway did not start: ${complaint.trim() || 'it said nothing'}`);
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;
