import { setTimeout as sleep } from 'node:timers/promises';
import type { Failpoint } from '../../src/swap/failpoint.ts';
import { type GatewayProcess, spawnGateway } from '../../testing/spawn-gateway.ts';

/** Keeps one gateway process running: whenever it exits, another is started on the same port. */
export interface GatewayInstance {
  port: number;
  isReady(): boolean;
  /** Sends a signal to the process, if one is ready. @returns whether one was */
  signal(name: NodeJS.Signals): boolean;
  /** Whether its output is read. While it is not, stdout is blocked once the pipe is full. */
  readOutput(isRead: boolean): void;
  /** Replaces a process with a pending failpoint by one without. Resolves when that one is ready. */
  calm(): Promise<void>;
  close(): Promise<void>;
  output(): string;
}

export interface GatewayInstanceOptions {
  env: Record<string, string>;
  random: () => number;
  /** How often a process may reach its failpoint before it dies there. */
  mostVisits: number;
  /** Called on each exit other than by SIGTERM, with its failpoint, `anywhere` for SIGKILL, else `by itself: …`. */
  onEnd(place: string): void;
}

const script = 'testing/crashing-gateway.ts';
const readyPollMs = 50;
const failpoints: Failpoint[] = [
  'before-claim',
  'after-claim',
  'after-commit-before-sync',
  'before-post',
  'after-post-before-store',
  'after-store-before-publish',
  'after-outbox-before-index',
  'after-put-before-record',
  'after-record-before-removal',
  'after-erasure-requested',
  'after-erasure-planned',
  'after-erasure-saved',
  'webhook-before-store',
  'webhook-after-store',
];

/** Starts it. Every second process dies at a failpoint, after a number of visits there. */
export async function startInstance({
  env,
  random,
  mostVisits,
  onEnd,
}: GatewayInstanceOptions): Promise<GatewayInstance> {
  const outputs: string[] = [];
  let current: GatewayProcess | undefined = await spawnGateway(env, script);
  const port = Number(new URL(current.url).port);
  let starts = 1;
  let hasCheckpoint = false;
  let isCalm = false;
  let isClosing = false;

  function deathAhead(): Record<string, string> {
    hasCheckpoint = !isCalm && starts % 2 === 0;
    const crashAt = failpoints[Math.floor(random() * failpoints.length)] ?? 'before-post';
    return hasCheckpoint
      ? { CRASH_AT: crashAt, CRASH_AFTER: String(1 + Math.floor(random() * mostVisits)) }
      : {};
  }

  function placeOf(end: number | string, output: string): string | undefined {
    if (end === 'SIGKILL') return failpointIn(output) ?? 'anywhere';
    return end === 0 && (isCalm || isClosing) ? undefined : `by itself: ${end}\n${output.slice(-2000)}`;
  }

  const living = (async () => {
    while (!isClosing) {
      if (!current) {
        starts += 1;
        try {
          current = await spawnGateway({ ...env, PORT: String(port), ...deathAhead() }, script);
        } catch (error) {
          // It may reach its failpoint before it reports readiness.
          onEnd(failpointIn(String(error)) ?? `by itself: ${error}`);
          continue;
        }
      }
      const end = await current.ended;
      outputs.push(current.output());
      const place = placeOf(end, current.output());
      current = undefined;
      if (place !== undefined) onEnd(place);
    }
  })();

  return {
    port,
    isReady: () => current !== undefined,
    signal: (name) => current?.child.kill(name) ?? false,
    readOutput(isRead) {
      if (isRead) current?.child.stdout?.resume();
      else current?.child.stdout?.pause();
    },
    async calm() {
      isCalm = true;
      while (!current || hasCheckpoint) {
        if (current) await current.kill('SIGTERM');
        await sleep(readyPollMs);
      }
    },
    async close() {
      isClosing = true;
      await current?.kill('SIGTERM');
      await living;
    },
    output: () => [...outputs, current?.output() ?? ''].join(''),
  };
}

function failpointIn(output: string): string | undefined {
  return /"crashAt":"([\w-]+)"/.exec(output)?.[1];
}
