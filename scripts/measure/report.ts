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

/** The figures as shown in docs/operations/sizing.md. */
export function reportFigures(figures: Figures): string {
  const { machine, command, latency, cost, requests, live } = figures;
  return `
Written by \`${command}\` on ${machine}.
Gateways, Redis and the measuring client shared these cores, so rates are lower bounds.

| webhook to subscriber, ${grouped(latency.samples)} of each, alternating | p50 | p99 |
|---|---|---|
| at the instance that received the webhook | ${ms(latency.same.p50)} | ${ms(latency.same.p99)} |
| at another instance | ${ms(latency.other.p50)} | ${ms(latency.other.p99)} |
| difference (target for p99: at most ${targetMs} ms) | ${ms(latency.other.p50 - latency.same.p50)} | ${ms(p99DifferenceMs(figures))} |

| one instance | |
|---|---|
| requests per second (\`swapResult\` of a finished swap, HTTP, 32 connections) | ${rounded(requests.requestsPerSecond)}, p50 ${requests.p50}, p99 ${requests.p99} |
| concurrent sockets in this run, each with its own subscription | ${grouped(live.sockets)} |
| memory per socket (resident, above that of an idle instance) | ${kib(live.bytesPerSocket)} |
| sockets opened and subscribed per second | ${rounded(live.opensPerSecond)} |
| pushes per second (events from Redis, each to one subscriber) | ${rounded(live.pushesPerSecond)} |
| complete swaps per second, from request to webhook, with a subscriber at the other instance | ${rounded(cost.swapsPerSecond)} |

| Redis | |
|---|---|
| commands that gateways send per swap, including subscription and webhook | ${cost.sentPerSwap.toFixed(1)} |
| commands executed per swap, including those within scripts | ${cost.executedPerSwap.toFixed(0)} |
| CPU per swap | ${cost.cpuUsPerSwap.toFixed(0)} µs |
| idle instance: commands per second, CPU | ${cost.idleSentPerSecond.toFixed(1)}, ${(cost.idleCpuUsPerSecond / 10_000).toFixed(2)} % of a core |
| CPU per push | ${live.redisUsPerPush.toFixed(1)} µs |
| CPU to look up the position of one watched, waiting swap, at most once a second | ${live.redisUsPerPosition.toFixed(1)} µs |
| memory per waiting swap | ${kib(live.redisBytesPerSwap)} |
| memory per subscription | ${kib(live.redisBytesPerSubscription)} |
`;
}

/** The plan for a million live subscribers, each with a socket and a swap of its own, derived from the figures. */
export function reportPlan({ cost, live }: Figures): string {
  const instances = Math.ceil(subscribers / socketsPerInstance);
  const eventsPerSecond = subscribers / 60;
  const redisForEvents = (eventsPerSecond * live.redisUsPerPush) / 1e6;
  const redisForPositions = (subscribers * live.redisUsPerPosition) / 1e6;
  const redisForIdle = (instances * cost.idleCpuUsPerSecond) / 1e6;
  const watchedPerRedis = ((redisShare - redisForIdle) * 1e6) / live.redisUsPerPosition;
  return `
| for ${grouped(subscribers)} sockets | from the figures above | |
|---|---|---|
| instances | ${grouped(subscribers)} ÷ ${grouped(socketsPerInstance)} (\`MAX_SOCKETS\`) | ${instances}, plus a tenth for restarts: ${instances + Math.ceil(instances / 10)} |
| memory of an instance | ${grouped(socketsPerInstance)} × ${kib(live.bytesPerSocket)} plus 150 MiB | ${gib(socketsPerInstance * live.bytesPerSocket + 150 * 2 ** 20)} |
| memory of Redis | ${grouped(subscribers)} × (${kib(live.redisBytesPerSwap)} + ${kib(live.redisBytesPerSubscription)}) | ${gib(subscribers * (live.redisBytesPerSwap + live.redisBytesPerSubscription))}, twice that during an AOF rewrite |
| Redis: events, one per minute and subscriber | ${rounded(eventsPerSecond)} per second × ${live.redisUsPerPush.toFixed(1)} µs | ${(redisForEvents * 100).toFixed(0)} % of its core |
| Redis: ${instances} idle instances | ${instances} × ${(cost.idleCpuUsPerSecond / 10_000).toFixed(2)} % | ${(redisForIdle * 100).toFixed(0)} % of its core |
| Redis: positions, if all swaps wait and the queue moves every second | ${grouped(subscribers)} × ${live.redisUsPerPosition.toFixed(1)} µs | ${(redisForPositions * 100).toFixed(0)} % of its core |
| waiting, watched swaps that leave one Redis half idle | (${redisShare * 100} % − ${(redisForIdle * 100).toFixed(0)} %) ÷ ${live.redisUsPerPosition.toFixed(1)} µs | ${rounded(Math.max(watchedPerRedis, 0))} |
| events at an instance | ${rounded(eventsPerSecond)} ÷ ${instances} per second, of ${rounded(live.pushesPerSecond)} | ${((eventsPerSecond / instances / live.pushesPerSecond) * 100).toFixed(0)} % of what it can push |
| all clients reconnect at the same time | ${grouped(subscribers)} ÷ (${instances} × ${rounded(live.opensPerSecond)}) per second | ${(subscribers / (instances * live.opensPerSecond)).toFixed(0)} s |
| one instance is restarted | ${grouped(socketsPerInstance)} ÷ (${instances - 1} × ${rounded(live.opensPerSecond)}) per second | ${((socketsPerInstance * 1000) / ((instances - 1) * live.opensPerSecond)).toFixed(0)} ms, without the clients' own delays of up to 5 s |
`;
}

/** Replaces the text between two markers of a document. @throws Error if they are missing */
export function replaceSection(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: written by npm run measure:redis -->`, `<!-- end of ${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the markers of ${name} are missing`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}
