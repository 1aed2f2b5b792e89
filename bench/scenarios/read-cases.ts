import { isDeepStrictEqual } from 'node:util';
import type { LoadCase } from '../load/http-load.ts';
import type { SwapRecord } from '../peers/records.ts';
import { inParallel, post, requestBody, requestSwap } from '../process/graphql.ts';

/** Makes the gateway run swaps until they have finished. @returns their ids */
export async function makeEndedSwaps(gatewayUrl: string, count: number): Promise<string[]> {
  return inParallel(count, 20, async (index) => {
    const { id, status } = await requestSwap(gatewayUrl, index + 1, 30);
    if (status !== 'SUCCEEDED') throw new Error(`swap ${id} is ${status}`);
    return id;
  });
}

/** A server's response for each swap, in bytes. */
export async function readCases(url: string, ids: readonly string[]): Promise<LoadCase[]> {
  return inParallel(ids.length, 10, async (index) => {
    const id = ids[index] ?? '';
    const request = requestBody('SwapResult', { id });
    return { id, request, answer: await post(url, request) };
  });
}

export function recordsOf(cases: readonly LoadCase[]): SwapRecord[] {
  return cases.map(
    ({ answer }) => (JSON.parse(answer) as { data: { swapResult: SwapRecord } }).data.swapResult,
  );
}

/** @throws Error if a server's response differs from the gateway's */
export function checkCases(name: string, cases: readonly LoadCase[], records: readonly SwapRecord[]): void {
  for (const [index, { answer }] of cases.entries()) {
    const right = { data: { swapResult: records[index] } };
    if (!isDeepStrictEqual(JSON.parse(answer), right)) throw new Error(`${name} answers ${answer}`);
  }
}
