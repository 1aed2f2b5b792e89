import { setTimeout as sleep } from 'node:timers/promises';
import type { Checkpoint } from '../../src/swap/ports.ts';
import { type GatewayProcess, spawnGateway } from '../support/spawn-gateway.ts';

export interface GatewaySupervisor {
  /** The same through all restarts. */
  url: string;
  kills(): number;
  /** How often it was killed at a checkpoint, by name; `anywhere` for the others. */
  killsByPlace: Record<string, number>;
  /** Everything that any of the processes wrote. */
  output(): string;
  /** Kills and restarts until it is told to stop, then leaves a process running. */
  stopKilling(): Promise<void>;
  close(): Promise<void>;
}

const checkpoints: Checkpoint[] = [
  'before-claim',
  'after-record',
  'after-claim',
  'before-post',
  'after-post-before-store',
  'after-store-before-publish',
  'webhook-before-store',
  'webhook-after-store',
];

/** A gateway that is killed by SIGKILL every few seconds: at any moment, or at a checkpoint, in turn. */
export async function superviseGateway(
  env: Record<string, string>,
  { kills, random }: { kills: number; random: () => number },
): Promise<GatewaySupervisor> {
  const outputs: string[] = [];
  const killsByPlace: Record<string, number> = {};
  let current = await start();
  const { url } = current;
  let isStopping = false;
  let done = 0;

  function start(more: Record<string, string> = {}): Promise<GatewayProcess> {
    return spawnGateway({ ...env, ...more }, 'test/support/crashing-gateway.ts');
  }

  /** Every second process dies at a checkpoint, after some visits there. */
  function restart(): Promise<GatewayProcess> {
    const fixedPort = { PORT: new URL(url).port };
    if (done % 2 === 0) return start(fixedPort);
    const crashAt = checkpoints[Math.floor(random() * checkpoints.length)] ?? 'before-post';
    return start({ ...fixedPort, CRASH_AT: crashAt, CRASH_AFTER: String(1 + Math.floor(random() * 20)) });
  }

  /** @returns where the process died: at its checkpoint, if it came there in time, else anywhere */
  async function killOnce(): Promise<string> {
    const timeUp = new AbortController();
    const pause = sleep(1000 + random() * 2500, undefined, { signal: timeUp.signal }).catch(() => undefined);
    const end = await Promise.race([current.ended, pause]);
    timeUp.abort();
    if (end !== undefined) return /"crashAt":"([\w-]+)"/.exec(current.output())?.[1] ?? 'by itself';
    await current.kill('SIGKILL');
    return 'anywhere';
  }

  const killing = (async () => {
    while (!isStopping && done < kills) {
      const place = await killOnce();
      outputs.push(current.output());
      done += 1;
      killsByPlace[place] = (killsByPlace[place] ?? 0) + 1;
      current = await restart();
    }
  })();

  return {
    url,
    killsByPlace,
    kills: () => done,
    output: () => [...outputs, current.output()].join(''),
    async stopKilling() {
      isStopping = true;
      await killing;
      // The last one may still have a checkpoint ahead; it makes room for one that has none.
      await current.kill('SIGTERM');
      outputs.push(current.output());
      current = await start({ PORT: new URL(url).port });
    },
    close: async () => void (await current.kill('SIGTERM')),
  };
}
