import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { startHttpProber } from '../clients/start-http-prober.ts';
import { percentile } from '../measure/statistics.ts';
import { otherAuthorization } from '../process/gateway.ts';
import { inParallel, requestBody } from '../process/graphql.ts';
import type { Bench } from '../scenario.ts';
import { type Measurement, runSwap, startPair, takeTurns } from './neighbor-rounds.ts';

const queriesPerSecond = 34;
const pageSize = 100;
const fields = `id status initImage targetImage referenceImage watermark trackId modelsLabId queuePosition
  output proxyLinks generationTime meta { seed temporary filePrefix modelSaveFormat watermark watermarkImage }
  error { code message retryable } createdAt updatedAt completedAt expiresAt`;
const page = `swaps(first: ${pageSize}) { nodes { ${fields} } edges { cursor node { ${fields} } } }`;

/** A cheap read of another client, next to many queries per second that select every field. */
export async function withCostlyQueries(bench: Bench): Promise<Measurement[]> {
  const pair = await startPair(bench);
  const ids = new Map<string, string>();
  for (const { url } of [pair.undisturbed, pair.disturbed]) {
    ids.set(url, await runSwap(url, 1));
    await inParallel(pageSize, 8, (index) => runSwap(url, index, undefined, otherAuthorization));
  }
  const seconds = bench.pick(3, 1);
  const measure = async (url: string): Promise<number> => {
    const prober = await startHttpProber(bench, url, requestBody('SwapResult', { id: ids.get(url) }));
    await sleep(seconds * 1000);
    const samples = await prober.stop();
    if (samples.some(({ isGood }) => !isGood)) throw new Error('a cheap read was rejected');
    return percentile(
      samples.map(({ ms }) => ms),
      0.5,
    );
  };
  const measurements: Measurement[] = [];
  for (const [pages, status] of [
    [5, 400],
    [1, 200],
  ] as const) {
    const text = Array.from({ length: pages }, (_, index) => `p${index}: ${page}`).join(' ');
    const rounds = await takeTurns(bench.pick(5, 1), {
      undisturbed: () => measure(pair.undisturbed.url),
      async disturbed() {
        const stop = sendSteadily(pair.disturbed.url, JSON.stringify({ query: `{ ${text} }` }), status);
        const p50 = await measure(pair.disturbed.url);
        await stop();
        return p50;
      },
    });
    const what = pages === 1 ? 'one page' : `${pages} pages`;
    measurements.push({
      misbehavior: `queries for ${what} of ${pageSize} swaps, ${queriesPerSecond} per second (${status === 200 ? 'accepted' : 'rejected'})`,
      metric: 'reading one swap, p50, ms',
      rounds,
      ...(status === 200 && { target: false }),
    });
  }
  await pair.stop();
  return measurements;
}

/** @returns stops sending, and rejects if a response had another status */
function sendSteadily(url: string, body: string, expected: number): () => Promise<void> {
  const sent: Promise<number>[] = [];
  const headers = { 'content-type': 'application/json', authorization: otherAuthorization };
  const timer = setInterval(() => {
    const response = request(`${url}/graphql`, { method: 'POST', headers, body });
    sent.push(response.then(({ statusCode, body: content }) => content.dump().then(() => statusCode)));
  }, 1000 / queriesPerSecond);
  return async () => {
    clearInterval(timer);
    const statuses = await Promise.all(sent);
    const other = statuses.find((status) => status !== expected);
    if (other !== undefined || sent.length === 0)
      throw new Error(`the response to a costly query was ${other}`);
  };
}
