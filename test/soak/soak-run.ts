import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { createSandbox as CreateSandbox } from '../../sandbox/sandbox.ts';
import { type GatewayProcess, spawnGateway } from '../../testing/spawn-gateway.ts';
import { spawnRedis } from '../../testing/spawn-redis.ts';
import { seededRandom } from '../chaos/chaos-options.ts';
import { type Inspector, openInspector } from './inspector.ts';
import { startLoad } from './load.ts';
import { type Sample, takeSample } from './sample.ts';

export interface SoakOptions {
  minutes: number;
  /** Swaps per second. */
  rate: number;
  engine: 'embedded' | 'redis';
  instances: number;
}

export interface SoakResult {
  /** Markdown. */
  lines: string[];
  problems: string[];
}

const queueLimit = 15;
const apiKey = 'key-of-the-soak-run';
/** All instances must have the same ones. */
const sharedSecrets = {
  WEBHOOK_SECRET: 'webhook-secret-of-the-soak-run',
  WEBHOOK_SIGNING_SECRET: `whsec_${Buffer.from('signing secret of the soak run').toString('base64')}`,
};
const minuteMs = 60_000;
/** Ended swaps expire within the run, so that what they take is given back. */
const resultTtlMs = 2 * minuteMs;
/** Tolerated growth from the middle of a run to its end. */
const growth = { heapMb: 12, residentMb: 60, files: 10 };
/** Connections are compared before and after the load: in between their number depends on how fast the machine is. */
const tolerableSockets = 10;
/** Longer than idle connections are kept alive. */
const restMs = 90_000;

/** One run of load, without faults and kills, against gateways as they are deployed, except for their inspectors. */
export async function runSoak(options: SoakOptions, report: (line: string) => void): Promise<SoakResult> {
  const { createSandbox } = (await import(`${'../../dist/sandbox/sandbox.js'}`)) as {
    createSandbox: typeof CreateSandbox;
  };
  const sandbox = await createSandbox({
    apiKey,
    seed: 1,
    faults: { latencyMs: [1, 20], generationMs: [100, 400] },
    render: false,
    queueLimit: 2 * queueLimit,
  });
  const folder = mkdtempSync(join(tmpdir(), 'soak-'));
  const redis = options.engine === 'redis' ? await spawnRedis({ durable: true }) : undefined;
  const gateways: GatewayProcess[] = [];
  try {
    for (let index = 0; index < options.instances; index += 1)
      gateways.push(
        await spawnGateway({
          MODELSLAB_API_KEY: apiKey,
          MODELSLAB_BASE_URL: `${sandbox.url}/api/v6/faceswap`,
          MODELSLAB_QUEUE_LIMIT: String(queueLimit),
          RESULT_TTL_MS: String(resultTtlMs),
          RATE_LIMIT: 'off',
          MAX_WAITING: '100000',
          MAX_WAITING_PER_CLIENT: '100000',
          MAX_SOCKETS_PER_CLIENT: '10000',
          NODE_OPTIONS: '--inspect=127.0.0.1:0',
          DATA_DIR: join(folder, String(index)),
          ...(redis && { REDIS_URL: redis.url, ...sharedSecrets }),
        }),
      );
    const inspectors = await Promise.all(gateways.map((gateway) => openInspector(gateway.output())));
    const result = await observe(options, gateways, inspectors, report);
    for (const inspector of inspectors) inspector.close();
    return result;
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.kill('SIGTERM')));
    await redis?.remove();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function observe(
  { minutes, rate }: SoakOptions,
  gateways: readonly GatewayProcess[],
  inspectors: readonly Inspector[],
  report: (line: string) => void,
): Promise<SoakResult> {
  const sampleAll = (minute: number): Promise<Sample[]> =>
    Promise.all(
      gateways.map((gateway, index) => takeSample(gateway, inspectors[index] as Inspector, minute)),
    );
  const before = await sampleAll(0);
  const load = startLoad(
    gateways.map(({ url }) => url),
    rate,
    seededRandom(1),
  );
  const startedAt = performance.now();
  const samples: Sample[][] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    await sleep(Math.max(minute * minuteMs - (performance.now() - startedAt), 0));
    samples.push(await sampleAll(minute));
    report(`minute ${minute}: ${load.requested} swaps, ${samples.at(-1)?.map(textOf).join('; ')}`);
  }
  await load.stop();
  const { SUCCEEDED: succeeded = 0, ...others } = load.ended;
  const problems = [...load.problems];
  if (succeeded !== load.requested)
    problems.push(`${succeeded} of ${load.requested} swaps succeeded; others: ${JSON.stringify(others)}`);
  await sleep(restMs);
  const rest = await sampleAll(minutes + 2);
  const middle = samples[Math.floor(samples.length / 2) - 1] ?? [];
  for (const [index, last] of (samples.at(-1) ?? []).entries()) {
    const grew = (what: string, from = 0, to = 0): number =>
      problems.push(`${what} of instance ${index + 1} grew from ${from.toFixed(0)} to ${to.toFixed(0)}`);
    for (const what of ['heapMb', 'residentMb', 'files'] as const) {
      const from = middle[index]?.[what] ?? 0;
      if (last[what] - from > growth[what]) grew(`${what} in the second half`, from, last[what]);
    }
    const [from = 0, to = 0] = [before[index]?.sockets, rest[index]?.sockets];
    if (to - from > tolerableSockets) grew('connections without load', from, to);
  }
  const lines = [
    `${load.requested} swaps, ${succeeded} succeeded; ${load.subscribers} subscribers; ${load.repeated} requests repeated because the gateway shed load.`,
    '',
    '| minute | instance | heap after GC, MB | resident, MB | files | connections | `/livez` p50, ms | most, ms |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...[before, ...shownOf(samples), rest].flatMap((row) =>
      row.map((sample, index) => rowOf(sample, index + 1)),
    ),
  ];
  return { lines, problems };
}

/** The start, the quarters and the end. */
function shownOf(samples: readonly Sample[][]): Sample[][] {
  const last = samples.length - 1;
  const indexes = new Set([0, last / 4, last / 2, (3 * last) / 4, last].map(Math.round));
  return samples.filter((_, index) => indexes.has(index));
}

const textOf = ({ heapMb, residentMb, files, sockets, lagP50, lagMost }: Sample): string =>
  `heap ${heapMb.toFixed(1)} MB, resident ${residentMb.toFixed(0)} MB, ${files} files, ${sockets} connections, /livez ${lagP50.toFixed(1)} ms, at most ${lagMost.toFixed(0)} ms`;

const rowOf = (sample: Sample, instance: number): string =>
  `| ${sample.minute} | ${instance} | ${sample.heapMb.toFixed(1)} | ${sample.residentMb.toFixed(0)} | ${sample.files} | ${sample.sockets} | ${sample.lagP50.toFixed(1)} | ${sample.lagMost.toFixed(0)} |`;
