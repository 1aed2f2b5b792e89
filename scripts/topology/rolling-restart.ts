import type { createSwapClient as CreateSwapClient, SwapClient } from '../../packages/client/src/index.ts';
import type { Topology } from './topology.ts';

export interface RollingRestart {
  swaps: number;
  /** Subscriptions that were followed to completion; two per swap. */
  subscriptions: number;
  submissions: number;
  mostAtModelsLab: number;
  /** The longest time from a client's request to its final state, milliseconds. */
  longestMs: number;
  /** The balancer's responses, by method, path and status. */
  answers: Record<string, number>;
  /** Requests that the balancer passed on to another gateway, because one did not accept them. */
  passedOn: number;
  restarts: { instance: string; stopMs: number; startMs: number }[];
  /** Broken promises; empty if all were kept. */
  breaches: string[];
}

export interface RollingRestartOptions {
  /** Clients with one swap at a time each, and as many watchers. */
  clients?: number;
  /** Swaps that must finish before the first restart, between two restarts, and after the last. */
  swapsBetween?: number;
  queueLimit?: number;
}

/**
 * Restarts each instance in turn with SIGTERM, while clients request swaps and follow them, each also from a second
 * client. These are the project's own clients, which retry whatever is safe to retry: no connection, no response, 5xx,
 * UNAVAILABLE.
 */
export async function restartInTurn(
  topology: Topology,
  say: (line: string) => void,
  { clients = 12, swapsBetween = 40, queueLimit = 5 }: RollingRestartOptions = {},
): Promise<RollingRestart> {
  const { createSwapClient } = (await import(`${'../../dist/packages/client/src/index.js'}`)) as {
    createSwapClient: typeof CreateSwapClient;
  };
  const newClient = (): SwapClient => createSwapClient({ url: topology.url, apiKey: 'demo-key' });
  const load = startLoad(clients, newClient);
  const restarts: RollingRestart['restarts'] = [];
  const breaches: string[] = [];
  try {
    await load.ends(swapsBetween);
    for (const instance of topology.instances) {
      const { exit, stopMs, startMs } = await instance.restart();
      if (exit !== 0) breaches.push(`${instance.name} ended with ${exit}`);
      restarts.push({ instance: instance.name, stopMs: Math.round(stopMs), startMs: Math.round(startMs) });
      say(
        `${instance.name}: ended in ${Math.round(stopMs)} ms, ready again in ${Math.round(startMs)} ms; ${load.count()} swaps`,
      );
      await load.ends(swapsBetween);
    }
  } finally {
    await load.stop();
  }

  const submissions = await topology.submissions();
  const mostAtModelsLab = await topology.peakAtModelsLab();
  const byTrack = Map.groupBy(submissions, ({ trackId }) => trackId);
  for (let n = 0; n < load.count(); n++)
    if (byTrack.get(n)?.length !== 1)
      breaches.push(`swap ${n} was submitted ${byTrack.get(n)?.length ?? 0} times`);
  if (submissions.length !== load.count())
    breaches.push(`${submissions.length} submissions for ${load.count()} swaps`);
  if (mostAtModelsLab > queueLimit) breaches.push(`${mostAtModelsLab} swaps at ModelsLab at a time`);
  const entries = topology.balancer.entries();
  return {
    swaps: load.count(),
    subscriptions: load.subscriptions(),
    submissions: submissions.length,
    mostAtModelsLab,
    longestMs: Math.round(load.longestMs()),
    answers: countBy(entries.map(({ method, path, status }) => `${method} ${path} ${status}`)),
    passedOn: entries.filter(({ tried }) => tried.length > 1).length,
    restarts,
    breaches: [...load.failures, ...breaches],
  };
}

interface Load {
  /** Swaps requested so far, numbered from 0 in `trackId`. */
  count(): number;
  subscriptions(): number;
  longestMs(): number;
  /** Errors that clients saw. */
  failures: string[];
  /** Resolves when that many more swaps have finished. */
  ends(swaps: number): Promise<void>;
  /** Stops requesting; resolves when all swaps have finished. */
  stop(): Promise<void>;
}

function startLoad(clients: number, newClient: () => SwapClient): Load {
  const failures: string[] = [];
  const wakers = new Set<() => void>();
  let isStopping = false;
  let count = 0;
  let ended = 0;
  let followed = 0;
  let longestMs = 0;

  const swapOnce = async (number: number, requester: SwapClient, watcher: SwapClient): Promise<void> => {
    const image = (kind: string): string => `https://images.example.com/${number}/${kind}.jpg`;
    const since = performance.now();
    let second: Promise<{ status: string }> | undefined;
    try {
      const first = await requester.swap(
        { initImage: image('a'), targetImage: image('b'), referenceImage: image('c'), trackId: number },
        {
          onUpdate({ id }) {
            second ??= watcher.watch(id);
            second.catch(() => undefined);
          },
        },
      );
      const statuses = [first.status, (await second)?.status];
      followed += statuses.length;
      if (statuses.some((status) => status !== 'SUCCEEDED'))
        failures.push(`swap ${number}: finished as ${statuses.join(' and ')}`);
    } catch (error) {
      failures.push(`swap ${number}: ${error}`);
    }
    longestMs = Math.max(longestMs, performance.now() - since);
    ended += 1;
    for (const wake of wakers) wake();
  };

  const workers = Array.from({ length: clients }, async () => {
    const [requester, watcher] = [newClient(), newClient()];
    while (!isStopping) await swapOnce(count++, requester, watcher);
    requester.close();
    watcher.close();
  });

  return {
    failures,
    count: () => count,
    subscriptions: () => followed,
    longestMs: () => longestMs,
    ends(swaps) {
      const wanted = ended + swaps;
      return new Promise((resolve) => {
        const check = (): void => {
          if (ended < wanted) return;
          wakers.delete(check);
          resolve();
        };
        wakers.add(check);
        check();
      });
    },
    async stop() {
      isStopping = true;
      await Promise.all(workers);
    },
  };
}

function countBy(values: string[]): Record<string, number> {
  const groups = [...Map.groupBy(values, (value) => value)].sort();
  return Object.fromEntries(groups.map(([value, all]) => [value, all.length]));
}
