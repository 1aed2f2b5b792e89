import type { AcceptedSubmission, createSandbox as CreateSandbox, Sandbox } from '../../sandbox/sandbox.ts';
import { s3Environment } from '../../testing/s3-server.ts';
import { awaitArchive, damagedFiles } from './archived-files.ts';
import { chaosFaults, chaosFaultsOnRedis } from './chaos-faults.ts';
import { type ChaosOptions, seededRandom } from './chaos-options.ts';
import { awaitLateResults, readSwap, readToTheEnd, repeatRequests } from './chaos-queries.ts';
import type { Deployment } from './deployment.ts';
import { deployEmbedded } from './embedded-deployment.ts';
import { breachesOfErasure, startEraser } from './eraser.ts';
import { startFaultyBucket } from './faulty-bucket.ts';
import { type FinalSwap, swapIdOf } from './final-swap.ts';
import { startForger } from './forger.ts';
import { deployOnRedis } from './redis-deployment.ts';
import { requestSwaps } from './requesters.ts';
import { correctTime, isAgeUnknown } from './time-troubles.ts';
import { type Check, judge } from './verdict.ts';
import { type Sighting, watchSwap } from './watchers.ts';
import { startWebhookReceivers, type WebhookReceivers } from './webhook-receivers.ts';

export interface ChaosResult {
  checks: Check[];
  injected: Record<string, number>;
  killsByPlace: Record<string, number>;
  facts: Record<string, number>;
  peaks: Record<string, number>;
  endings: Record<string, number>;
  /** Log lines of gateways and sandbox about swaps with a broken promise. */
  clues: string[];
}

const queueLimit = 5;
const unknownSlotMs = 1500;
const apiKey = 'canary-api-key-of-the-chaos-run';
const webhookSecret = 'canary-webhook-secret-of-the-chaos-run';

const gatewayEnv: Record<string, string> = {
  MODELSLAB_API_KEY: apiKey,
  WEBHOOK_SECRET: webhookSecret,
  MODELSLAB_QUEUE_LIMIT: String(queueLimit),
  POLL_INTERVAL_MS: '50',
  // Longer than all clock steps together: expiry follows the wall clock.
  QUEUE_DEADLINE_MS: '3600000',
  CREDITS_RETRY_MS: '200',
  UNKNOWN_SLOT_MS: String(unknownSlotMs),
  SUBMIT_TIMEOUT_MS: '2000',
  FETCH_TIMEOUT_MS: '1500',
  MAX_WAITING_PER_CLIENT: '100000',
  MAX_WAITING: '100000',
  MAX_SOCKETS_PER_CLIENT: '10000',
  RATE_LIMIT: 'off',
};

/** One run: a fresh sandbox and gateway, the load, the kills, and the evidence at the end. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { createSandbox } = (await import(`${'../../dist/sandbox/sandbox.js'}`)) as {
    createSandbox: typeof CreateSandbox;
  };
  // Twice the account's limit: if the gateway exceeds the limit, the sandbox accepts it, and the report shows it.
  const sandbox = await createSandbox({
    apiKey,
    seed: options.seed,
    faults: options.backend === 'redis' ? chaosFaultsOnRedis : chaosFaults,
    render: false,
    queueLimit: 2 * queueLimit,
  });
  const family = options.seed % 2 === 0 ? 'deepfake' : 'faceswap';
  const bucket = options.archive === 's3' ? await startFaultyBucket(options.seed) : undefined;
  const receivers = await startWebhookReceivers();
  const env = {
    ...gatewayEnv,
    ...receivers.env,
    MODELSLAB_BASE_URL: `${sandbox.url}/api/v6/${family}`,
    ARCHIVE: options.archive,
    ...(bucket && s3Environment(bucket)),
  };
  const gateway: Deployment = await (options.backend === 'redis' ? deployOnRedis : deployEmbedded)(env, {
    ...options,
    troubles: [receivers.trouble],
  });

  try {
    const result = await observe(options, gateway, sandbox, receivers, () => bucket?.misbehave(undefined));
    return { ...result, facts: { ...result.facts, ...bucket?.struck } };
  } finally {
    await gateway.close();
    await sandbox.close();
    receivers.close();
    await bucket?.close();
  }
}

/** @param healBucket ends the faults of the bucket: files are judged by what is in it */
async function observe(
  options: ChaosOptions,
  gateway: Deployment,
  sandbox: Sandbox,
  receivers: WebhookReceivers,
  healBucket: () => void,
): Promise<ChaosResult> {
  const random = seededRandom(options.seed);
  const startedAt = Date.now();
  const watching: Promise<Sighting>[] = [];
  const ids: string[] = [];
  const over = new AbortController();
  const forger = startForger(gateway.url, () => ids, seededRandom(options.seed + 2));
  const eraser = startEraser(gateway.url, seededRandom(options.seed + 5));
  const watchEvery = Math.max(Math.floor(options.swaps / Math.max(options.subscribers, 1)), 1);
  const requests = await requestSwaps(gateway.url, {
    swaps: options.swaps,
    durationMs: gateway.durationMs,
    random,
    webhookOf: receivers.urlFor,
    onAccepted(id) {
      ids.push(id);
      eraser.consider(id);
      if (ids.length % watchEvery === 0) watching.push(watchSwap(gateway.url, id, random, over.signal));
    },
  });
  await gateway.calm();

  const finished = await readToTheEnd(gateway.url, [...requests.accepted.keys()]);
  const swaps = new Map([...finished].filter(([id]) => !eraser.erasures.has(id)));
  const isExpected = ({ acceptedAt }: AcceptedSubmission): boolean =>
    !isAgeUnknown(acceptedAt, gateway.timeTroubles, gateway.deaths.times);
  const told = await awaitLateResults(gateway.url, swaps, sandbox.submissions, isExpected);
  const repeats = await repeatRequests(gateway.url, swaps, requests.accepted, receivers.urlFor);
  const all = new Map([...swaps, ...repeats.map(({ answer }) => [answer?.id ?? '', answer] as const)]);
  healBucket();
  await eraser.finish();
  const unerased = await breachesOfErasure(eraser, gateway, requests.accepted);
  await awaitArchive(all, sandbox, startedAt, (id) => readSwap(gateway.url, id));
  const damaged = options.archive === 'off' ? [] : await damagedFiles(all, sandbox);
  const undelivered = await receivers.missing(
    [...swaps.keys()].flatMap((id) => requests.accepted.get(id) ?? []),
  );
  setTimeout(() => over.abort(), 30_000).unref();
  const sightings = await Promise.all(watching);
  await forger.stop();
  await gateway.close();
  const submissions = sandbox.submissions().map((row, index) => told[index] ?? row);
  const evidence = { peakQueued: sandbox.peakQueued(), injected: sandbox.injected() };

  const checks = judge({
    swaps: withCorrectTimes(new Map([...finished, ...swaps]), startedAt),
    erased: new Set(eraser.erasures.keys()),
    unerased,
    undelivered: undelivered.map((number) => `the webhook of request ${number} was not delivered`),
    requests: requests.accepted,
    sightings,
    submissions,
    repeats,
    deathTimes: gateway.deaths.times,
    unstoredMs: gateway.unstoredMs,
    timeTroubles: gateway.timeTroubles,
    deadlineMs: gateway.deadlineMs,
    markMs: gateway.markMs,
    queueLimit,
    unknownSlotMs,
    forgedAccepted: forger.accepted,
    damagedFiles: damaged,
    ownEnds: gateway.deaths.own,
    log: gateway.output(),
    secrets: [
      ...gateway.secrets,
      apiKey,
      webhookSecret,
      ...submissions.map(({ webhook }) => webhook?.split('/').at(-1) ?? apiKey),
    ],
  });

  return {
    checks,
    clues: cluesOf(checks, gateway.output(), submissions),
    injected: evidence.injected,
    killsByPlace: gateway.deaths.byPlace,
    facts: {
      'swaps requested': options.swaps,
      'swaps accepted by the gateway': requests.accepted.size,
      'submissions accepted by the sandbox': submissions.length,
      'mutations retried without a response': requests.retries,
      ...gateway.facts(),
      'pictures that arrived after their swap had failed': repeats.length,
      'pictures that were made but never reported': unknowable(swaps, submissions),
      ...countBy([...all.values()].map((swap) => `results whose archive is ${swap?.archiveState}`)),
      subscribers: sightings.length,
      'subscriber connections': sightings.reduce((sum, { connections }) => sum + connections, 0),
      'forged webhooks': forger.sent,
      'client webhooks delivered': receivers.delivered(),
      'erased swaps': eraser.erasures.size,
    },
    peaks: { 'most swaps at the sandbox at a time': evidence.peakQueued },
    endings: countBy(
      [...finished.values()].map((swap) => [swap?.status, swap?.error?.code].filter(Boolean).join(' ')),
    ),
  };
}

function cluesOf(
  checks: readonly Check[],
  log: string,
  submissions: readonly AcceptedSubmission[],
): string[] {
  const text = checks.flatMap(({ breaches }) => breaches).join();
  const ids = new Set(text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g));
  return [...ids].flatMap((id) => [
    ...log.split('\n').filter((line) => line.includes(id)),
    ...submissions.filter(({ webhook }) => swapIdOf(webhook) === id).map((row) => JSON.stringify(row)),
  ]);
}

/** Corrects times taken from a wrong clock. */
function withCorrectTimes(
  swaps: ReadonlyMap<string, FinalSwap | null>,
  from: number,
): Map<string, FinalSwap | null> {
  const run = { from, until: Date.now() };
  return new Map(
    [...swaps].map(([id, swap]) => [
      id,
      swap?.completedAt ? { ...swap, completedAt: correctTime(swap.completedAt, run) } : swap,
    ]),
  );
}

/** Failed swaps about which no response, fetch or webhook could report anything. */
function unknowable(
  swaps: ReadonlyMap<string, FinalSwap | null>,
  submissions: readonly AcceptedSubmission[],
): number {
  return submissions.filter(
    ({ webhook, outcome, reports }) =>
      swaps.get(swapIdOf(webhook))?.status === 'FAILED' && outcome === 'success' && reports.length === 0,
  ).length;
}

function countBy(values: string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]),
  );
}
