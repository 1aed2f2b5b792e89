import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { authorization, projectRoot } from './gateway.ts';

/** Text of one of the project's own operations, such as `SwapResult`. */
export function readOperation(name: string): string {
  return readFileSync(join(projectRoot, `schema/operations/${name}.graphql`), 'utf8');
}

/** Body of a request with it. */
export function requestBody(operation: string, variables: object): string {
  return JSON.stringify({ query: readOperation(operation), variables });
}

/** Sends one request. @param as the client's `Authorization` header @returns the response's text @throws Error unless it is a 200 */
export async function post(url: string, body: string, as = authorization): Promise<string> {
  const answer = await request(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: as },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}: ${text}`);
  return text;
}

/** @returns the operation's data @throws Error if the response has errors */
export async function runQuery<T>(
  url: string,
  operation: string,
  variables: object,
  as?: string,
): Promise<T> {
  const text = await post(url, requestBody(operation, variables), as);
  const { data, errors } = JSON.parse(text) as { data?: T; errors?: unknown };
  if (errors !== undefined || data == null) throw new Error(`${operation}: ${text}`);
  return data;
}

export interface AnsweredSwap {
  id: string;
  status: string;
}

/** Input of a swap that differs from all others by its number. */
export function swapInput(trackId: number): object {
  const image = (name: string): string => `https://images.example.com/people/2026/${name}-${trackId}.jpg`;
  return {
    initImage: image('group'),
    targetImage: image('face'),
    referenceImage: image('chosen'),
    trackId,
    watermark: true,
    reuse: 'NEVER',
  };
}

/** Requests one swap. @param wait seconds that the response may be held until the swap has finished */
export async function requestSwap(url: string, trackId: number, wait = 0): Promise<AnsweredSwap> {
  const { singleFaceSwap } = await runQuery<{ singleFaceSwap: AnsweredSwap }>(url, 'SingleFaceSwap', {
    input: swapInput(trackId),
    wait,
  });
  return singleFaceSwap;
}

/** Runs the work for every number below `count`, with limited concurrency, and returns the results in order. */
export async function inParallel<T>(
  count: number,
  width: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
  return results;
}
