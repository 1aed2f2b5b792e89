import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';

/** Requests swaps at a steady rate, each with a subscriber, most of which leave before its end. */
export interface Load {
  requested: number;
  ended: Record<string, number>;
  subscribers: number;
  /** Requests repeated because a gateway shed load. */
  repeated: number;
  /** What went wrong, at most a few of each kind. */
  problems: string[];
  /** Stops requesting, and waits for the swaps that are left. */
  stop(): Promise<void>;
}

const requestMutation = `mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id status } }`;
const resultQuery = `query ($id: ID!) { swapResult(id: $id) { status output error { code } } }`;
const subscription = `subscription ($id: ID!) { swapUpdated(id: $id) { status output } }`;
/** Of subscribers that stay until the end. */
const faithful = 0.3;
const longestVisitMs = 2000;
const patienceMs = 60_000;
const mostProblems = 20;
const endedStatuses = ['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED'];

/** @param urls of the instances, which take turns. @param perSecond swaps */
export function startLoad(urls: readonly string[], perSecond: number, random: () => number): Load {
  const running = new Set<Promise<void>>();
  let isStopping = false;
  const load: Load = { requested: 0, ended: {}, subscribers: 0, repeated: 0, problems: [], stop };
  const complain = (problem: string): void => {
    if (load.problems.length < mostProblems) load.problems.push(problem);
  };
  const urlOf = (turn: number): string => urls[turn % urls.length] ?? '';

  /** Waits and repeats as clients do, as long as the gateway says so. */
  async function ask(url: string, query: string, variables: object): Promise<Record<string, unknown>> {
    for (const deadline = Date.now() + patienceMs; ; ) {
      try {
        return await askOnce(url, query, variables);
      } catch (error) {
        if (!String(error).includes('"UNAVAILABLE"') || Date.now() > deadline) throw error;
        load.repeated += 1;
        await sleep(1000);
      }
    }
  }

  async function askOnce(url: string, query: string, variables: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
    if (!data || errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  async function visit(url: string, id: string): Promise<void> {
    load.subscribers += 1;
    const isFaithful = random() < faithful;
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      shouldRetry: () => isFaithful,
    });
    const leave = isFaithful ? undefined : setTimeout(() => client.terminate(), random() * longestVisitMs);
    let last = '';
    try {
      for await (const { data } of client.iterate({ query: subscription, variables: { id } }))
        last = (data?.['swapUpdated'] as { status: string } | undefined)?.status ?? last;
    } catch (error) {
      if (isFaithful) complain(`a subscription failed: ${JSON.stringify(error)}`);
    } finally {
      clearTimeout(leave);
      await client.dispose();
    }
    if (isFaithful && !endedStatuses.includes(last))
      complain(`${id}: the last state that its subscriber saw is ${last}`);
  }

  async function swapOnce(number: number): Promise<void> {
    const image = (kind: string): string => `https://images.example.com/${number}/${kind}.jpg`;
    const input = {
      initImage: image('init'),
      targetImage: image('target'),
      referenceImage: image('reference'),
      trackId: number,
      idempotencyKey: `soak-${number}`,
    };
    try {
      const asked = await ask(urlOf(number), requestMutation, { input });
      const { id } = asked['singleFaceSwap'] as { id: string };
      await visit(urlOf(number + 1), id);
      const status = await endOf(urlOf(number + 2), id);
      load.ended[status] = (load.ended[status] ?? 0) + 1;
    } catch (error) {
      complain(String(error));
    }
  }

  async function endOf(url: string, id: string): Promise<string> {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(500)) {
      const { status } = (await ask(url, resultQuery, { id }))['swapResult'] as { status: string };
      if (endedStatuses.includes(status)) return status;
    }
    return 'unfinished';
  }

  const startedAt = performance.now();
  const requesting = (async () => {
    while (!isStopping) {
      const due = ((performance.now() - startedAt) / 1000) * perSecond;
      while (load.requested < due) {
        load.requested += 1;
        const swap = swapOnce(load.requested);
        running.add(swap);
        void swap.finally(() => running.delete(swap));
      }
      await sleep(20);
    }
  })();

  async function stop(): Promise<void> {
    isStopping = true;
    await requesting;
    await Promise.all(running);
  }
  return load;
}
