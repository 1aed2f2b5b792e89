import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { createFleet } from '../clients/fleet.ts';
import { probeOptions } from '../instruments/probe-client.ts';
import { type Server, startServer } from '../process/child.ts';
import { startGateway } from '../process/gateway.ts';
import { post, requestBody } from '../process/graphql.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench } from '../scenario.ts';
import { successBody } from '../upstream/wire.ts';
import { type LiveSwap, liveEnv, makeLiveSwaps } from './live-swaps.ts';

/** A server that pushes, with topics that have not ended. */
export interface PushTarget {
  name: string;
  server: Server;
  topics: string[];
  /** Ends a topic from outside. Resolves when the response arrives. */
  end(topic: string): Promise<void>;
}

export const gatewayName = 'this gateway';
export const limitName = 'raw ws, same bytes (the limit)';

/** Messages in the gateway's wording, with `TOPIC` in place of the id. */
export interface Wording {
  snapshot: string;
  end: string;
}

/** True for the push that reports the end. */
export const isEnd = ({ text }: { text: string }): boolean => text.includes('"status":"SUCCEEDED"');

/**
 * The gateway with swaps at ModelsLab. It is restarted once it has them, so that creating them does not inflate its
 * memory; subscribing checks that it has recovered them.
 */
export async function startGatewayTarget(
  bench: Bench,
  topics: number,
  nodeOptions: string[] = probeOptions,
): Promise<PushTarget> {
  const upstream = await startUpstream(bench);
  const options = {
    core: 'server',
    folder: bench.folder('gateway'),
    upstreamUrl: `${upstream.url}/processing`,
    env: liveEnv,
  } as const;
  const maker = bench.own(await startGateway(options));
  const swaps = await makeLiveSwaps(maker, upstream, topics);
  await maker.stop();
  const server = bench.own(await startGateway({ ...options, nodeOptions, ipc: true }));
  await untilServed(server.url);
  const byId = new Map(swaps.map((swap) => [swap.id, swap]));
  return {
    name: gatewayName,
    server,
    topics: swaps.map(({ id }) => id),
    end: (topic) => sendWebhook(server.url, byId.get(topic) as LiveSwap),
  };
}

/** A gateway that recovers thousands of swaps at once rejects queries for a moment. @throws Error if that does not end soon */
async function untilServed(gatewayUrl: string): Promise<void> {
  const body = requestBody('GatewayStatus', {});
  for (const deadline = Date.now() + 30_000; ; await sleep(100)) {
    try {
      await post(gatewayUrl, body);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** Posts the webhook that finishes a swap, as ModelsLab would. @throws Error unless it is accepted */
export async function sendWebhook(gatewayUrl: string, swap: Omit<LiveSwap, 'id'>): Promise<void> {
  const { modelsLabId, trackId, webhookPath } = swap;
  await send(`${gatewayUrl}${webhookPath}`, JSON.stringify(successBody(modelsLabId, trackId)));
}

/** The gateway's first message and its last one, for a swap that is used up by this. */
export async function readWording({ server, topics, end }: PushTarget): Promise<Wording> {
  const topic = topics.pop() ?? '';
  const fleet = createFleet(server.url);
  const pushed = fleet.pushes(2, () => true);
  await fleet.open([topic]);
  await end(topic);
  const [snapshot = '', ended = ''] = (await pushed).map(({ text }) =>
    JSON.stringify((JSON.parse(text) as { payload: unknown }).payload).replaceAll(topic, 'TOPIC'),
  );
  fleet.drop();
  if (!isEnd({ text: ended }) || isEnd({ text: snapshot }))
    throw new Error(`received ${snapshot} and ${ended}`);
  return { snapshot, end: ended };
}

/** The raw server with as many topics. */
export async function startRawTarget(bench: Bench, wording: Wording, topics: number): Promise<PushTarget> {
  const server = bench.own(
    await startServer('peers/raw-ws.ts', {
      core: 'server',
      env: {},
      nodeOptions: ['--expose-gc'],
      logPath: join(bench.folder('raw-ws'), 'log'),
      ipc: true,
    }),
  );
  await send(`${server.url}/snapshot`, wording.snapshot);
  return {
    name: limitName,
    server,
    topics: Array.from({ length: topics }, (_, index) => topicName(index)),
    end: (topic) => send(`${server.url}/publish/${topic}`, wording.end.replaceAll('TOPIC', topic)),
  };
}

/** As long as the gateway's ids. */
const topicName = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

async function send(url: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await request(url, { method: 'POST', headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}: ${text}`);
}
