import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface DemoGateway {
  url: string;
  /** Stops the gateway and removes its data. Safe to call if it has already exited. */
  close(): Promise<void>;
}

/**
 * Starts a gateway with the sandbox on a free port, with a temporary data directory. It does not inherit this process's
 * environment, in particular an API key, so the demo never costs money.
 *
 * @throws Error with its stderr, if it exits before it is ready
 */
export async function startDemoGateway(): Promise<DemoGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'face-swap-demo-'));
  const { PATH, SystemRoot } = process.env;
  const gateway = spawn(process.execPath, [join(import.meta.dirname, '../../../src/main.js')], {
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

/** The log line "ready" contains the URL. */
async function readUrl(gateway: ChildProcess): Promise<string> {
  const { stdout, stderr } = gateway;
  if (!stdout || !stderr) throw new Error('the gateway was started without pipes');
  let stderrText = '';
  stderr.on('data', (chunk) => {
    stderrText += String(chunk);
  });
  const lines = createInterface({ input: stdout });
  for await (const line of lines) {
    const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
    if (url === undefined || !msg?.startsWith('ready')) continue;
    // Keep reading, or the gateway would block once the pipe is full.
    stdout.resume();
    return url;
  }
  throw new Error(`the gateway did not start: ${stderrText.trim() || 'no output on stderr'}`);
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;
