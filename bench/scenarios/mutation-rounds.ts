import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { type LoadResult, putNewLoad } from '../load/http-load.ts';
import type { Server } from '../process/child.ts';
import { authorization } from '../process/gateway.ts';
import { runQuery } from '../process/graphql.ts';
import type { Bench } from '../scenario.ts';
import { type Contestants, templateOf, type Way } from './mutation-contestants.ts';

export const connections = 50;

export type Numbers = (count: number) => number;
/** Reserves a range of unique numbers. @returns the first one */
export function createNumbers(): Numbers {
  let next = 1;
  return (count) => {
    next += count;
    return next - count;
  };
}

const gapMs = 3;

/** One call while the gateway is otherwise idle. */
export async function measureOne(way: Way, number: number): Promise<number> {
  const { path, url, parts, expected } = way;
  const body = parts.join(String(number));
  const headers = { 'content-type': 'application/json', authorization };
  const began = performance.now();
  const answer = await request(url + path, { method: 'POST', headers, body });
  const text = await answer.body.text();
  const ms = performance.now() - began;
  if (!text.includes(expected)) throw new Error(`${way.name} answered ${text}`);
  // Work after the response must not overlap the next call.
  await sleep(gapMs);
  return ms;
}

/**
 * Makes as many calls as possible until the load ends, then waits until the stub has responded to the last one and, in
 * the gateway, its swap has finished.
 */
export async function measureRound(
  bench: Bench,
  { gateway }: Contestants,
  upstream: Server,
  way: Way,
  numbers: Numbers,
  seconds: number,
): Promise<{ perSecond: number; swaps: number; load: LoadResult }> {
  const before = await countSubmissions(upstream);
  const began = performance.now();
  const template = templateOf(way, numbers(1_000_000));
  const load = await putNewLoad(way.url, template, { connections, seconds, folder: bench.folder('load') });
  const last = await untilQuiet(gateway, upstream);
  const submitted = last.count - before;
  // The load ends in the middle of the last calls, so these are executed but not counted by it.
  if (submitted < load.requests || submitted > load.requests + connections)
    throw new Error(`${way.name}: ${load.requests} calls got a response, and ${submitted} submitted`);
  return { perSecond: submitted / ((last.at - began) / 1000), swaps: submitted, load };
}

async function countSubmissions(upstream: Server): Promise<number> {
  const answer = await request(`${upstream.url}/count`);
  return ((await answer.body.json()) as { count: number }).count;
}

const pollMs = 20;
/** Longer than a busy machine may delay a call. */
const quietMs = 500;

/** Waits until all swaps have finished and submissions stop. @returns their number, and when it was reached */
async function untilQuiet(gateway: Server, upstream: Server): Promise<{ count: number; at: number }> {
  let last = { count: await countSubmissions(upstream), at: performance.now() };
  while (performance.now() - last.at < quietMs) {
    await sleep(pollMs);
    const [count, open] = await Promise.all([countSubmissions(upstream), countOpen(gateway)]);
    if (open > 0 || count !== last.count) last = { count, at: performance.now() };
  }
  return last;
}

async function countOpen({ url }: Server): Promise<number> {
  const { gatewayStatus } = await runQuery<{ gatewayStatus: { processing: number; queued: number } }>(
    url,
    'GatewayStatus',
    {},
  );
  return gatewayStatus.processing + gatewayStatus.queued;
}
