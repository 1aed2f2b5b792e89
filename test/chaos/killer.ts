import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayInstance } from './gateway-instance.ts';

/** Exits of gateway processes, over all instances. */
export interface DeathLog {
  /** Number of kills by failpoint; `anywhere` for the others. */
  byPlace: Record<string, number>;
  /** Exit reasons of processes that were not killed. */
  own: string[];
  /** Epoch milliseconds of the exits. */
  times: number[];
  count(): number;
  note(place: string): void;
  /** Resolves at the next exit, or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void>;
}

export function createDeathLog(): DeathLog {
  const deaths = new EventTarget();
  let count = 0;
  const log: DeathLog = {
    byPlace: {},
    own: [],
    times: [],
    count: () => count,
    note(place) {
      count += 1;
      log.times.push(Date.now());
      if (place.startsWith('by itself')) log.own.push(place);
      else log.byPlace[place] = (log.byPlace[place] ?? 0) + 1;
      deaths.dispatchEvent(new Event('death'));
    },
    next: (signal) =>
      new Promise((resolve) => {
        deaths.addEventListener('death', () => resolve(), { signal, once: true });
        signal.addEventListener('abort', () => resolve());
      }),
  };
  return log;
}

/** Kills a process with SIGKILL every few seconds: at its failpoint, if it reaches that in time, else at any moment. */
export async function killAll(
  instances: readonly GatewayInstance[],
  { kills, random, deaths }: { kills: number; random: () => number; deaths: DeathLog },
): Promise<void> {
  while (deaths.count() < kills) {
    const before = deaths.count();
    const over = new AbortController();
    const pause = sleep(1000 + random() * 2500, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([pause, deaths.next(over.signal)]);
    over.abort();
    if (deaths.count() > before) continue;
    const alive = instances.filter((instance) => instance.isReady());
    const victim = alive[Math.floor(random() * alive.length)];
    if (!victim) continue;
    const died = deaths.next(new AbortController().signal);
    victim.signal('SIGKILL');
    await died;
  }
}
