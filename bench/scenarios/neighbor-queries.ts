import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { startHttpProber } from '../clients/start-http-prober.ts';
import { percentile } from '../measure/statistics.ts';
import { otherAuthorization } from '../process/gateway.ts';
import { inParallel, requestBody } from '../process/graphql.ts';
import type { Bench } from '../scenario.ts';
import { type Matter, runSwap, startPair, takeTurns } from './neighbor-rounds.ts';

const queriesPerSecond = 34;
const pageSize = 100;
const fields = `id status initImage targetImage referenceImage watermark trackId modelsLabId queuePosition
  output proxyLinks generationTime meta { seed temporary filePrefix modelSaveFormat watermark watermarkImage }
  error { code message retryable } createdAt updatedAt completedAt expiresAt`;
const page = `swaps(first: ${pageSize}) { nodes { ${fields} } edges { cursor node { ${fields} } } }`;

/** Documents that ask for all there is, many a second: a cheap read of another client. */
export async function besideCostlyQueries(bench: Bench): Promise<Matter[]> {
  const pair = await startPair(bench);
  const ids = new Map<string, string>();
  for (const { url } of [pair.alone, pair.beside]) {
    ids.set(url, await runSwap(url, 1));
    await inParallel(pageSize, 8, (index) => runSwap(url, index, undefined, otherAuthorization));
  }
  const seconds = bench.pick(3, 1);
  const measure = async (url: string): Promise<number> => {
    const prober = await startHttpProber(bench, url, requestBody('SwapResult', { id: ids.get(url) }));
    await sleep(seconds * 1000);
    const samples = await prober.stop();
    if (samples.some(({ isGood }) => !isGood)) throw new Error('a cheap read was refused');
    return percentile(
      samples.map(({ ms }) => ms),
      0.5,
    );
  };
  const matters: Matter[] = [];
  for (const [pages, status] of [
    [5, 400],
    [1, 200],
  ] as const) {
    const text = Array.from({ length: pages }, (_, index) => `p${index}: ${page}`).join(' ');
    const rounds = await takeTurns(bench.pick(5, 1), {
      alone: () => measure(pair.alone.url),
      async beside() {
        const stop = sendSteadily(pair.beside.url, JSON.stringify({ query: `{ ${text} }` }), status);
        const p50 = await measure(pair.beside.url);
        await stop();
        return p50;
      },
    });
    const what = pages === 1 ? 'one page' : `${pages} pages`;
    matters.push({
      misbehavior: `queries for ${what} of ${pageSize} swaps, ${queriesPerSecond} a second (${status === 200 ? 'allowed' : 'refused'})`,
      seen: 'reading one swap, p50, ms',
      rounds,
      ...(status === 200 && { target: false }),
    });
  }
  await pair.stop();
  return matters;
}

/** @returns the way to stop @throws Error, when it is stopped, if an answer had another status */
function sendSteadily(url: string, body: string, expected: number): () => Promise<void> {
  const sent: Promise<number>[] = [];
  const headers = { 'content-type': 'application/json', authorization: otherAuthorization };
  const timer = setInterval(() => {
    const answer = request(`${url}/graphql`, { method: 'POST', headers, body });
    sent.push(answer.then(({ statusCode, body: content }) => content.dump().then(() => statusCode)));
  }, 1000 / queriesPerSecond);
  return async () => {
    clearInterval(timer);
    const statuses = await Promise.all(sent);
    const other = statuses.find((status) => status !== expected);
    if (other !== undefined || sent.length === 0)
      throw new Error(`a costly query was answered with ${other}`);
  };
}
