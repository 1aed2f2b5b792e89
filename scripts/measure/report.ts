import type { LiveSockets } from './live-sockets.ts';
import type { RedisCost } from './redis-cost.ts';
import type { RequestRate } from './request-rate.ts';
import type { WebhookLatency } from './webhook-latency.ts';

export interface Figures {
  machine: string;
  command: string;
  latency: WebhookLatency;
  cost: RedisCost;
  requests: RequestRate;
  live: LiveSockets;
}

/** Target for the extra p99 delay of a webhook at another instance, milliseconds. */
export const targetMs = 5;
export const p99DifferenceMs = ({ latency: { same, other } }: Figures): number => other.p99 - same.p99;

const subscribers = 1_000_000;
const socketsPerInstance = 20_000;
/** Share of one Redis core that may be used on average. */
const redisShare = 0.5;

const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');
/** Two significant digits: the rest of a measurement is noise. */
const rounded = (value: number): string => grouped(Number(value.toPrecision(2)));
const ms = (value: number): string => `${value.toFixed(1)} ms`;
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** The figures as shown in docs/operations.md. */
export function reportFigures(figures: Figures): string {
  const { machine, command, latency, cost, requests, live } = figures;
  return `
Written by \`${command}\` on ${machine}.
Gateways, Redis and the measuring client shared these cores, so rates are lower bounds.

| webhook to subscriber, ${grouped(latency.samples)} of each, in turn | p50 | p99 |
|---|---|---|
| at the instance that got the webhook | ${ms(latency.same.p50)} | ${ms(latency.same.p99)} |
| at another instance | ${ms(latency.other.p50)} | ${ms(latency.other.p99)} |
| difference (target for p99: at most ${targetMs} ms) | ${ms(latency.other.p50 - latency.same.p50)} | ${ms(p99DifferenceMs(figures))} |

| one instance | |
|---|---|
| requests a second (\`swapResult\` of an ended swap, HTTP, 32 connections) | ${rounded(requests.requestsPerSecond)}, p50 ${requests.p50}, p99 ${requests.p99} |
| sockets held at one time in this run, each with a subscription of its own | ${grouped(live.sockets)} |
| memory for each of them (resident, over that of an empty instance) | ${kib(live.bytesPerSocket)} |
| sockets opened and subscribed a second | ${rounded(live.opensPerSecond)} |
| pushes a second (news from Redis, each to one subscriber) | ${rounded(live.pushesPerSecond)} |
| whole swaps a second, from request to webhook, with a subscriber at the other instance | ${rounded(cost.swapsPerSecond)} |

| Redis | |
|---|---|
| commands that gateways send for a swap, subscription and webhook included | ${cost.sentPerSwap.toFixed(1)} |
| commands that are executed for it, those inside of scripts included | ${cost.executedPerSwap.toFixed(0)} |
| CPU for a swap | ${cost.cpuUsPerSwap.toFixed(0)} µs |
| idle instance: commands a second, CPU | ${cost.idleSentPerSecond.toFixed(1)}, ${(cost.idleCpuUsPerSecond / 10_000).toFixed(2)} % of a core |
| CPU for a push | ${live.redisUsPerPush.toFixed(1)} µs |
| CPU to look up one watched, waiting swap's place, at most once a second | ${live.redisUsPerPosition.toFixed(1)} µs |
| memory for each waiting swap | ${kib(live.redisBytesPerSwap)} |
| memory for each subscription | ${kib(live.redisBytesPerSubscription)} |
`;
}

/** The plan for a million live subscribers, each with a socket and a swap of its own, derived from the figures. */
export function reportPlan({ cost, live }: Figures): string {
  const instances = Math.ceil(subscribers / socketsPerInstance);
  const newsPerSecond = subscribers / 60;
  const redisForNews = (newsPerSecond * live.redisUsPerPush) / 1e6;
  const redisForPositions = (subscribers * live.redisUsPerPosition) / 1e6;
  const redisForIdle = (instances * cost.idleCpuUsPerSecond) / 1e6;
  const watchedPerRedis = ((redisShare - redisForIdle) * 1e6) / live.redisUsPerPosition;
  return `
| for ${grouped(subscribers)} sockets | from the figures above | |
|---|---|---|
| instances | ${grouped(subscribers)} ÷ ${grouped(socketsPerInstance)} (\`MAX_SOCKETS\`) | ${instances}, and a tenth more for restarts: ${instances + Math.ceil(instances / 10)} |
| memory of an instance | ${grouped(socketsPerInstance)} × ${kib(live.bytesPerSocket)} and 150 MiB | ${gib(socketsPerInstance * live.bytesPerSocket + 150 * 2 ** 20)} |
| memory of Redis | ${grouped(subscribers)} × (${kib(live.redisBytesPerSwap)} + ${kib(live.redisBytesPerSubscription)}) | ${gib(subscribers * (live.redisBytesPerSwap + live.redisBytesPerSubscription))}, twice that with a rewrite of the AOF |
| Redis: news, one a minute for each subscriber | ${rounded(newsPerSecond)} a second × ${live.redisUsPerPush.toFixed(1)} µs | ${(redisForNews * 100).toFixed(0)} % of its core |
| Redis: ${instances} idle instances | ${instances} × ${(cost.idleCpuUsPerSecond / 10_000).toFixed(2)} % | ${(redisForIdle * 100).toFixed(0)} % of its core |
| Redis: places, if all of them wait and the queue moves each second | ${grouped(subscribers)} × ${live.redisUsPerPosition.toFixed(1)} µs | ${(redisForPositions * 100).toFixed(0)} % of its core |
| so many waiting, watched swaps leave one Redis half idle | (${redisShare * 100} % − ${(redisForIdle * 100).toFixed(0)} %) ÷ ${live.redisUsPerPosition.toFixed(1)} µs | ${rounded(Math.max(watchedPerRedis, 0))} |
| news at an instance | ${rounded(newsPerSecond)} ÷ ${instances} a second, of ${rounded(live.pushesPerSecond)} | ${((newsPerSecond / instances / live.pushesPerSecond) * 100).toFixed(0)} % of what it can push |
| everyone comes back at the same time | ${grouped(subscribers)} ÷ (${instances} × ${rounded(live.opensPerSecond)}) a second | ${(subscribers / (instances * live.opensPerSecond)).toFixed(0)} s |
| one instance is restarted | ${grouped(socketsPerInstance)} ÷ (${instances - 1} × ${rounded(live.opensPerSecond)}) a second | ${((socketsPerInstance * 1000) / ((instances - 1) * live.opensPerSecond)).toFixed(0)} ms, were it not for the clients' own waits of up to 5 s |
`;
}

/** Replaces the text between two markers of a document. @throws Error if they are missing */
export function replaceSection(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: written by npm run measure:redis -->`, `<!-- end of ${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the markers of ${name} are missing`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}
