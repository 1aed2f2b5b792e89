import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AcceptedSubmission, SandboxFaults } from '../../sandbox/sandbox.ts';
import { freePort } from '../../testing/free-port.ts';
import { keysFor } from '../../testing/gateway-keys.ts';
import { type GatewayProcess, spawnGateway } from '../../testing/spawn-gateway.ts';
import { type Balancer, startNginx } from './nginx.ts';
import { startProgram } from './program.ts';
import { startRedis } from './redis.ts';

/** One of several gateways; keeps its address when restarted. */
export interface Instance {
  name: string;
  url: string;
  /** Host and port as in the balancer's log. */
  host: string;
  pid(): number;
  /** All output of its processes. */
  output(): string;
  /** Stops the process with SIGTERM, waits, and starts a new one. @returns how the old one exited, and times in milliseconds */
  restart(): Promise<{ exit: number | string; stopMs: number; startMs: number }>;
}

/** The deployment of compose.yaml as local processes: balancer, gateways, Redis, and the sandbox in place of ModelsLab. */
export interface Topology {
  /** The balancer's URL. */
  url: string;
  balancer: Balancer;
  instances: Instance[];
  redisUrl: string;
  /** Every submission that the sandbox accepted, which is what ModelsLab would charge for. */
  submissions(): Promise<AcceptedSubmission[]>;
  /** The maximum number of swaps that the sandbox held at a time. */
  peakAtModelsLab(): Promise<number>;
  stop(): Promise<void>;
}

export interface TopologyOptions {
  gateways?: number;
  faults?: Partial<SandboxFaults>;
  queueLimit?: number;
  /** Added to the gateways' own environment. */
  env?: Record<string, string>;
  /** Clients whose keys are their names plus `-key`. */
  clients?: string[];
}

/** @throws Error with the output of the program that does not start; the others are stopped then */
export async function startTopology(options: TopologyOptions = {}): Promise<Topology> {
  const { gateways = 2, faults = {}, queueLimit = 5, env = {}, clients = ['demo'] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'face-swap-topology-'));
  // nginx, when started by root, runs as another user.
  chmodSync(folder, 0o755);
  const stopping: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stopping.splice(0).reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    const redis = await startRedis(folder);
    stopping.push(redis.stop);

    const sandbox = await startProgram(
      process.execPath,
      [
        join(import.meta.dirname, '../../dist/sandbox/main.js'),
        ...['--port', '0', '--no-render', '--queue-limit', String(queueLimit)],
        ...['--faults', JSON.stringify(faults)],
      ],
      { logFile: join(folder, 'sandbox.log'), isUp: (output) => output.includes('MODELSLAB_BASE_URL=') },
    );
    stopping.push(sandbox.stop);
    const baseUrl = /MODELSLAB_BASE_URL=(\S+)/.exec(sandbox.output())?.[1] ?? '';
    const control = async <Answer>(path: string): Promise<Answer> =>
      (await (await fetch(new URL(`/_sandbox/${path}`, baseUrl))).json()) as Answer;

    const port = await freePort();
    const dataDir = join(folder, 'data');
    mkdirSync(dataDir);
    const shared = {
      NODE_ENV: 'production',
      DATA_DIR: dataDir,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      TRUST_PROXY: '127.0.0.1',
      REDIS_URL: redis.url,
      MODELSLAB_API_KEY: 'key-of-the-topology',
      MODELSLAB_BASE_URL: baseUrl,
      MODELSLAB_QUEUE_LIMIT: String(queueLimit),
      WEBHOOK_SECRET: randomBytes(32).toString('hex'),
      WEBHOOK_SIGNING_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
      GATEWAY_API_KEYS: keysFor(...clients),
      ...env,
    };
    const started = Array.from({ length: gateways }, (_, n) => startInstance(`gateway-${n + 1}`, shared));
    for (const starting of started) stopping.push(async () => (await starting).stop());
    const instances = await Promise.all(started);

    const balancer = await startNginx({ folder: join(folder, 'nginx'), port, gateways: instances });
    stopping.push(balancer.stop);
    return {
      url: balancer.url,
      balancer,
      instances,
      redisUrl: shared.REDIS_URL,
      submissions: async () =>
        (await control<{ submissions: AcceptedSubmission[] }>('submissions')).submissions,
      peakAtModelsLab: async () => (await control<{ peakQueued: number }>('peak')).peakQueued,
      stop,
    };
  } catch (error) {
    await Promise.allSettled([stop()]);
    throw error;
  }
}

async function startInstance(
  name: string,
  env: Record<string, string>,
): Promise<Instance & { stop(): Promise<unknown> }> {
  const outputs: string[] = [];
  let current: GatewayProcess = await spawnGateway(env);
  const { url } = current;
  const { host, port } = new URL(url);
  return {
    name,
    url,
    host,
    pid: () => current.child.pid ?? 0,
    output: () => [...outputs, current.output()].join(''),
    async restart() {
      const stoppedAt = performance.now();
      const exit = await current.kill('SIGTERM');
      const startedAt = performance.now();
      outputs.push(current.output());
      current = await spawnGateway({ ...env, PORT: port });
      const readyAt = performance.now();
      return { exit, stopMs: startedAt - stoppedAt, startMs: readyAt - startedAt };
    },
    stop: () => current.kill('SIGTERM'),
  };
}
