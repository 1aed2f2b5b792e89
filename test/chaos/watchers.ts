import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';

/** One subscriber's observations of one swap, over all its connections. */
export interface Sighting {
  swapId: string;
  statuses: string[];
  /** Every final state received, as text. */
  ends: string[];
  connections: number;
}

const ended = new Set(['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']);
const subscription = `subscription ($id: ID!) { swapUpdated(id: $id) {
  id status modelsLabId output error { code } completedAt } }`;

/**
 * Watches one swap until it finishes, dropping the connection at random and reconnecting, as phones do.
 *
 * @param over aborts when the run is over, which stops the watcher
 */
export async function watchSwap(
  url: string,
  swapId: string,
  random: () => number,
  over: AbortSignal,
): Promise<Sighting> {
  const sighting: Sighting = { swapId, statuses: [], ends: [], connections: 0 };
  let failures = 0;
  while (sighting.ends.length === 0 && !over.aborted) {
    sighting.connections += 1;
    const seenBefore = sighting.statuses.length;
    await watchOnce(url, sighting, random, over);
    // As clients do: without progress, each delay is longer.
    failures = sighting.statuses.length > seenBefore ? 0 : failures + 1;
    await sleep((20 + random() * 300) * 2 ** Math.min(failures, 4));
  }
  return sighting;
}

async function watchOnce(
  url: string,
  sighting: Sighting,
  random: () => number,
  over: AbortSignal,
): Promise<void> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const willDrop = random() < 0.4;
  const drop = willDrop ? setTimeout(() => client.terminate(), random() * 1500) : undefined;
  const giveUp = (): void => client.terminate();
  over.addEventListener('abort', giveUp);
  try {
    for await (const { data } of client.iterate({
      query: subscription,
      variables: { id: sighting.swapId },
    })) {
      const swap = data?.['swapUpdated'] as { status: string } | undefined;
      if (!swap) continue;
      sighting.statuses.push(swap.status);
      if (ended.has(swap.status)) sighting.ends.push(JSON.stringify(swap));
    }
  } catch {
    // The connection broke, or the gateway is restarting: reconnect.
  } finally {
    over.removeEventListener('abort', giveUp);
    clearTimeout(drop);
    client.terminate();
  }
}
