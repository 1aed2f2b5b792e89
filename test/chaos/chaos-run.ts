import { setTimeout as sleep } from 'node:timers/promises';
import type { createSandbox as CreateSandbox, Sandbox, SandboxFaults } from '../../src/sandbox/sandbox.ts';
import { type ChaosOptions, seededRandom } from './chaos-options.ts';
import type { Deployment } from './deployment.ts';
import { deployEmbedded } from './embedded-deployment.ts';
import { startForger } from './forger.ts';
import { deployOnRedis } from './redis-deployment.ts';
import { requestSwaps } from './requesters.ts';
import { type Check, type FinalSwap, judge } from './verdict.ts';
import { type Sighting, watchSwap } from './watchers.ts';

export interface ChaosResult {
  checks: Check[];
  injected: Record<string, number>;
  killsByPlace: Record<string, number>;
  facts: Record<string, number>;
  peaks: Record<string, number>;
  endings: Record<string, number>;
}

const queueLimit = 5;
/** Requests are spread thinner with Redis, where trouble lasts longer; the limit shall be reached all the same. */
const longGenerationMs: [number, number] = [20, 1500];
const apiKey = 'canary-api-key-of-the-chaos-run';
const webhookSecret = 'canary-webhook-secret-of-the-chaos-run';

/** Everything that goes wrong upstream, at once. */
const faults: Partial<SandboxFaults> = {
  latencyMs: [1, 20],
  generationMs: [20, 300],
  successAtOnce: 0.1,
  webhookDropped: 0.3,
  webhookDoubled: 0.2,
  webhookEarly: 0.1,
  webhookDelayed: 0.2,
  webhookDelayMs: [50, 1500],
  busy: 0.01,
  busyBurst: 3,
  retryAfterS: 0.3,
  errorBefore: 0.01,
  resetBefore: 0.01,
  errorAfter: 0.02,
  resetAfter: 0.02,
  hangAfter: 0.002,
  bodyTruncated: 0.01,
  bodyHtml: 0.01,
  bodySlow: 0.02,
  slowBodyMs: [50, 500],
  imageUnfetchable: 0.02,
  generationFailed: 0.03,
  noFace: 0.02,
  etaWrong: 0.05,
  etaAbsent: 0.05,
  fetchError: 0.1,
  fetchReset: 0.05,
  fetchStale: 0.05,
  idAsString: 0.5,
  trackIdAsString: 0.5,
  messege: 0.5,
  failedAsError: 0.5,
  errorsAs200: 0.3,
  echoRequest: 0.2,
};

const gatewayEnv: Record<string, string> = {
  MODELSLAB_API_KEY: apiKey,
  WEBHOOK_SECRET: webhookSecret,
  MODELSLAB_QUEUE_LIMIT: String(queueLimit),
  POLL_INTERVAL_MS: '200',
  PROCESSING_DEADLINE_MS: '3000',
  MAX_WAITING_PER_CLIENT: '100000',
  MAX_WAITING: '100000',
  MAX_SOCKETS_PER_CLIENT: '10000',
  RATE_LIMIT: 'off',
};

/** One run: a fresh sandbox and gateway, the load, the kills, and in the end the evidence. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { createSandbox } = (await import(`${'../../dist/src/sandbox/sandbox.js'}`)) as {
    createSandbox: typeof CreateSandbox;
  };
  // Twice the account's limit: if the gateway sends more than it should, the sandbox takes it, and it shows.
  const sandbox = await createSandbox({
    apiKey,
    seed: options.seed,
    faults: { ...faults, ...(options.engine === 'redis' && { generationMs: longGenerationMs }) },
    render: false,
    queueLimit: 2 * queueLimit,
  });
  const env = { ...gatewayEnv, MODELSLAB_BASE_URL: sandbox.baseUrl };
  const gateway: Deployment = await (options.engine === 'redis' ? deployOnRedis : deployEmbedded)(
    env,
    options,
  );

  try {
    return await observe(options, gateway, sandbox);
  } finally {
    await gateway.close();
    await sandbox.close();
  }
}

async function observe(options: ChaosOptions, gateway: Deployment, sandbox: Sandbox): Promise<ChaosResult> {
  const random = seededRandom(options.seed);
  const watching: Promise<Sighting>[] = [];
  const ids: string[] = [];
  const over = new AbortController();
  const forger = startForger(gateway.url, () => ids, seededRandom(options.seed + 2));
  const watchEvery = Math.max(Math.floor(options.swaps / Math.max(options.subscribers, 1)), 1);
  const requests = await requestSwaps(gateway.url, {
    swaps: options.swaps,
    durationMs: gateway.durationMs,
    random,
    onAccepted(id) {
      ids.push(id);
      if (ids.length % watchEvery === 0) watching.push(watchSwap(gateway.url, id, random, over.signal));
    },
  });
  await gateway.calm();

  const swaps = await readToTheEnd(gateway.url, [...requests.accepted.keys()]);
  setTimeout(() => over.abort(), 30_000).unref();
  const sightings = await Promise.all(watching);
  await forger.stop();
  await gateway.close();
  const submissions = sandbox.submissions();
  const evidence = { peakQueued: sandbox.peakQueued(), injected: sandbox.injected() };

  return {
    checks: judge({
      swaps,
      requests: requests.accepted,
      sightings,
      submissions,
      queueLimit,
      peakQueued: evidence.peakQueued,
      forgedTaken: forger.taken,
      ownEnds: gateway.deaths.own,
      log: gateway.output(),
      secrets: [
        ...gateway.secrets,
        apiKey,
        webhookSecret,
        ...submissions.map(({ webhook }) => webhook?.split('/').at(-1) ?? apiKey),
      ],
    }),
    injected: evidence.injected,
    killsByPlace: gateway.deaths.byPlace,
    facts: {
      'swaps requested': options.swaps,
      'swaps accepted by the gateway': requests.accepted.size,
      'submissions accepted by the sandbox': submissions.length,
      'mutations sent again for want of an answer': requests.retries,
      ...gateway.facts(),
      subscribers: sightings.length,
      'connections of subscribers': sightings.reduce((sum, { connections }) => sum + connections, 0),
      'forged webhooks': forger.sent,
    },
    peaks: { 'most swaps at the sandbox at one time': evidence.peakQueued },
    endings: countBy(
      [...swaps.values()].map((swap) => [swap?.status, swap?.error?.code].filter(Boolean).join(' ')),
    ),
  };
}

const query =
  'query ($id: ID!) { swapResult(id: $id) { id status modelsLabId output error { code } completedAt } }';
const patienceMs = 150_000;

/** Reads every swap until it has ended, or patience has. */
async function readToTheEnd(url: string, ids: string[]): Promise<Map<string, FinalSwap | null>> {
  const swaps = new Map<string, FinalSwap | null>(ids.map((id) => [id, null]));
  const deadline = Date.now() + patienceMs;
  for (const id of ids) {
    do {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { id } }),
      });
      const answer = (await response.json()) as { data?: { swapResult: FinalSwap | null } };
      if (answer.data) swaps.set(id, answer.data.swapResult);
      if (answer.data?.swapResult?.completedAt) break;
      await sleep(100);
    } while (Date.now() < deadline);
  }
  return swaps;
}

function countBy(values: string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]),
  );
}
