import { setTimeout as sleep } from 'node:timers/promises';
import type { AcceptedSubmission } from '../../sandbox/sandbox-jobs.ts';
import { type FinalSwap, swapIdOf, withSandboxUrls } from './final-swap.ts';
import type { Repeat } from './paid-pictures.ts';
import { inputOf } from './requesters.ts';

const fields =
  'id status modelsLabId output error { code } completedAt lateResult { output } recoveredFrom ' +
  'initImage erasedAt archiveState files { url sourceUrl }';
const query = `query ($id: ID!) { swapResult(id: $id) { ${fields} } }`;
const mutation = `mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { ${fields} } }`;
const patienceMs = 150_000;
/** The first polls for late results come 5 s and 15 s after the failure. */
const latePatienceMs = 30_000;
const pauseMs = 100;

/** Reads every swap until it has finished, or time is up. */
export async function readToTheEnd(
  url: string,
  ids: readonly string[],
): Promise<Map<string, FinalSwap | null>> {
  const swaps = new Map<string, FinalSwap | null>(ids.map((id) => [id, null]));
  const deadline = Date.now() + patienceMs;
  for (const id of ids) {
    do {
      const swap = await readSwap(url, id);
      if (swap !== undefined) swaps.set(id, swap);
      if (swap?.completedAt) break;
      await sleep(pauseMs);
    } while (Date.now() < deadline);
  }
  return swaps;
}

/**
 * Waits until each failed swap has the picture that was made for it, if any report of it was possible, and puts the
 * last state read into `swaps`. Stops waiting after a while; the judge reports what is missing.
 *
 * @param isExpected whether a late result that was not reported yet can arrive soon
 * @returns the submissions as of the start of the last reading, which shows everything reported until then
 */
export async function awaitLateResults(
  url: string,
  swaps: Map<string, FinalSwap | null>,
  submissions: () => readonly AcceptedSubmission[],
  isExpected: (row: AcceptedSubmission) => boolean,
): Promise<readonly AcceptedSubmission[]> {
  for (const deadline = Date.now() + latePatienceMs; Date.now() < deadline; await sleep(pauseMs * 5)) {
    const rows = new Map(submissions().map((row) => [swapIdOf(row.webhook), row]));
    const open = [...swaps.values()].filter((swap): swap is FinalSwap => {
      const row = swap === null ? undefined : rows.get(swap.id);
      if (swap?.status !== 'FAILED' || swap.lateResult || row === undefined) return false;
      if (row.outcome === 'generating') return true;
      if (row.outcome !== 'success') return false;
      return row.reports.length > 0 || (swap.modelsLabId !== null && isExpected(row));
    });
    if (open.length === 0) break;
    await readAgain(url, swaps, open);
  }
  const told = submissions();
  // A fetch reported it a moment ago at most.
  await sleep(pauseMs * 10);
  const failed = [...swaps.values()].filter((swap): swap is FinalSwap => swap?.status === 'FAILED');
  await readAgain(url, swaps, failed);
  return told;
}

async function readAgain(
  url: string,
  swaps: Map<string, FinalSwap | null>,
  which: readonly FinalSwap[],
): Promise<void> {
  for (const { id } of which) swaps.set(id, (await readSwap(url, id)) ?? swaps.get(id) ?? null);
}

/** Repeats, without an idempotency key, the requests of failed swaps that have a late result. */
export async function repeatRequests(
  url: string,
  swaps: ReadonlyMap<string, FinalSwap | null>,
  requests: ReadonlyMap<string, number>,
  webhookOf: (number: number) => string | undefined,
): Promise<Repeat[]> {
  const repeats: Repeat[] = [];
  for (const [original, swap] of swaps) {
    if (!swap?.lateResult) continue;
    const number = requests.get(original) ?? 0;
    // Another webhook would make it another request.
    const input = { ...inputOf(number), webhook: webhookOf(number) };
    const data = await ask<{ singleFaceSwap: FinalSwap }>(url, mutation, { input });
    repeats.push({ original, answer: data ? withSandboxUrls(data.singleFaceSwap) : null });
  }
  return repeats;
}

export async function readSwap(url: string, id: string): Promise<FinalSwap | null | undefined> {
  const swap = (await ask<{ swapResult: FinalSwap | null }>(url, query, { id }))?.swapResult;
  return swap && withSandboxUrls(swap);
}

/** Undefined if the response has no data. @throws if there is no response */
export async function ask<T>(url: string, operation: string, variables: object): Promise<T | undefined> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: operation, variables }),
  });
  return ((await response.json()) as { data?: T | null }).data ?? undefined;
}
