import { setTimeout as sleep } from 'node:timers/promises';
import type { AcceptedSubmission } from '../../sandbox/sandbox-jobs.ts';
import { type FinalSwap, swapIdOf } from './final-swap.ts';
import type { Repeat } from './paid-pictures.ts';
import { inputOf } from './requesters.ts';

const fields = 'id status modelsLabId output error { code } completedAt lateResult { output } recoveredFrom';
const query = `query ($id: ID!) { swapResult(id: $id) { ${fields} } }`;
const mutation = `mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { ${fields} } }`;
const patienceMs = 150_000;
/** The first polls for late results come 5 and 15 s after the failure. */
const latePatienceMs = 30_000;
const pauseMs = 100;

/** Reads every swap until it has ended, or patience has. */
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
 * Waits until each swap that failed has the picture that was made for it meanwhile, if anybody could tell of it, and puts
 * what is read last into `swaps`. Gives up after a while: what is missing then is for the judge.
 *
 * @param isExpected whether a late result that nobody was told of yet can come soon
 * @returns the submissions as they were when the last reading began: what they were told of by then, it shows
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
  // A fetch was told at most a moment ago.
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

/** Requests again, without an idempotency key, what failed and has a late result. */
export async function repeatRequests(
  url: string,
  swaps: ReadonlyMap<string, FinalSwap | null>,
  requests: ReadonlyMap<string, number>,
): Promise<Repeat[]> {
  const repeats: Repeat[] = [];
  for (const [original, swap] of swaps) {
    if (!swap?.lateResult) continue;
    const input = inputOf(requests.get(original) ?? 0);
    const data = await ask<{ singleFaceSwap: FinalSwap }>(url, mutation, { input });
    repeats.push({ original, answer: data?.singleFaceSwap ?? null });
  }
  return repeats;
}

async function readSwap(url: string, id: string): Promise<FinalSwap | null | undefined> {
  return (await ask<{ swapResult: FinalSwap | null }>(url, query, { id }))?.swapResult;
}

/** Undefined when there is no data in the answer. */
async function ask<T>(url: string, operation: string, variables: object): Promise<T | undefined> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: operation, variables }),
  });
  return ((await response.json()) as { data?: T | null }).data ?? undefined;
}
