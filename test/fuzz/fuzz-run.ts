import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type GatewayProcess, spawnGateway } from '../../testing/spawn-gateway.ts';
import { inParallel } from '../abuse/attack-tools.ts';
import { sendQuery } from '../abuse/bystander.ts';
import { attack, judgeHttp, type Victim } from './attack.ts';
import { type Case, generateCases } from './cases.ts';
import { type FuzzedUpstream, pictureOfCase, receiverOfCase, startFuzzedUpstream } from './upstream.ts';

export interface FuzzOptions {
  seed: number;
  cases: number;
  /** Index of the only case to play, from 0. */
  only: number | undefined;
  report(line: string): void;
}

export interface FuzzResult {
  /** Empty: all checks passed. */
  problems: string[];
  bystanderSwaps: number;
  /** Heap and external memory after garbage collection, MiB. */
  memory: { before: number; after: number };
}

const width = 12;
/** What may be kept: finished swaps and their responses are cached, within bounds. */
const memoryMarginMiB = 48;
const maxProblems = 10;
const settleMs = 120_000;
const bystanderPauseMs = 50;

/** Plays every case against one gateway in a separate process, and checks its state afterwards. */
export async function runFuzz({ seed, cases: count, only, report }: FuzzOptions): Promise<FuzzResult> {
  const folder = mkdtempSync(join(tmpdir(), 'face-swap-gateway-'));
  const upstream = await startFuzzedUpstream();
  const keys = { victim: randomUUID(), bystander: randomUUID() };
  const gateway = await spawnGateway(environment(folder, upstream, keys), 'test/fuzz/fuzzed-gateway.ts');
  const { pid } = gateway.child;
  const isAlive = (): boolean => gateway.child.exitCode === null && gateway.child.signalCode === null;
  const victim: Victim = { url: gateway.url, key: keys.victim, isAlive };
  const problems: string[] = [];
  const bystander = keepSwapping({ url: gateway.url, key: keys.bystander }, upstream.url, isAlive);
  const played: number[] = [];

  const play = async (attackCase: Case, number: number): Promise<void> => {
    if (!isAlive() || problems.length >= maxProblems) return;
    const playing =
      attackCase.entrance === 'upstream'
        ? submitCase(victim, upstream, number, attackCase)
        : attack(victim, attackCase);
    // An exit of the process is reported as such, not as a client's lost connection.
    const problem = await Promise.race([playing, gateway.ended.then(() => undefined)]).catch(
      (error: unknown) => (isAlive() ? String(error) : undefined),
    );
    if (attackCase.entrance === 'upstream') played.push(number);
    if (problem !== undefined) problems.push(`case ${number} (${attackCase.entrance}): ${problem}`);
  };
  const playAll = (cases: readonly Case[], first: number): Promise<unknown> =>
    inParallel(cases.length, width, (index) => play(cases[index] as Case, first + index));

  try {
    const cases = generateCases(seed, count, samplePictures());
    const warmUp = only === undefined ? Math.ceil(count / 5) : 0;
    await playAll(cases.slice(0, warmUp), 0);
    const before = await memoryInUse(gateway);
    report(`${warmUp} cases played, ${before} MiB in use`);
    if (only === undefined) await playAll(cases.slice(warmUp), warmUp);
    else await playAll(cases.slice(only, only + 1), only);
    if (isAlive()) problems.push(...(await judgeSwaps(victim, played)));
    const { swaps, problem } = await bystander.stop();
    if (problem !== undefined) problems.push(`a bystander's swap failed: ${problem}`);
    if (swaps === 0) problems.push('no swap of the bystander succeeded');
    const after = await memoryInUse(gateway);
    if (!isAlive() || gateway.child.pid !== pid)
      problems.unshift(`the process ended (${await gateway.ended}): ${gateway.output().slice(-3000)}`);
    else if (after - before > memoryMarginMiB)
      problems.push(`${after - before} MiB more in use than after the warm-up`);
    problems.push(...(await internalFaults(victim).catch((error: unknown) => [String(error)])));
    return { problems, bystanderSwaps: swaps, memory: { before, after } };
  } finally {
    await gateway.kill('SIGKILL');
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function environment(
  dataDir: string,
  { url }: FuzzedUpstream,
  keys: Record<string, string>,
): Record<string, string> {
  const hashed = Object.entries(keys).map(
    ([client, key]) => `${client}:${createHash('sha256').update(key).digest('hex')}`,
  );
  return {
    DATA_DIR: dataDir,
    UPSTREAM_URL: url,
    GATEWAY_API_KEYS: hashed.join(','),
    METRICS_TOKEN: 'token-of-the-fuzz-test',
    RATE_LIMIT: 'off',
    MODELSLAB_QUEUE_LIMIT: '200',
    MAX_WAITING_PER_CLIENT: '100000',
    MAX_WAITING: '100000',
    MAX_UPLOADS_PER_CLIENT: '100000',
    MAX_EVENT_LOOP_DELAY_MS: '20000',
    PROCESSING_DEADLINE_MS: '3000',
    POLL_INTERVAL_MS: '300',
    ALLOW_PRIVATE_WEBHOOKS: 'on',
    INTROSPECTION: 'on',
  };
}

/** Requests the swap of a case and posts the case's webhooks once ModelsLab has its submission. */
async function submitCase(
  victim: Victim,
  upstream: FuzzedUpstream,
  number: number,
  upstreamCase: Extract<Case, { entrance: 'upstream' }>,
): Promise<string | undefined> {
  upstream.play(number, upstreamCase);
  const image = pictureOfCase(upstream.url, number);
  const input = {
    initImage: image,
    targetImage: image,
    referenceImage: image,
    idempotencyKey: `case-${number}`,
    ...(upstreamCase.hasReceiver && { webhook: receiverOfCase(upstream.url, number) }),
  };
  await sendQuery(
    victim,
    'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }',
    {
      input,
    },
  );
  const url = await upstream.webhookUrl(number);
  for (const { contentType, body } of upstream.webhooksOf(number)) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: new Uint8Array(body),
    });
    const text = await response.text();
    if (response.status === 500) return `a webhook got a 500: ${text.slice(0, 300)}`;
  }
  return undefined;
}

/** Waits until every swap has finished, and downloads the pictures of those that succeeded. */
async function judgeSwaps(victim: Victim, numbers: readonly number[]): Promise<string[]> {
  const giveUpAt = performance.now() + settleMs;
  for (;;) {
    const { gatewayStatus } = await sendQuery(victim, '{ gatewayStatus { queued processing } }', {});
    const { queued, processing } = gatewayStatus as { queued: number; processing: number };
    if (queued + processing <= 1) break;
    if (performance.now() > giveUpAt) return [`${queued} swaps still queued, ${processing} processing`];
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const problems: string[] = [];
  const ids = await idsOfSucceeded(victim);
  await inParallel(ids.length, width, async (index) => {
    const response = await fetch(`${victim.url}/swaps/${ids[index]}/download`, {
      headers: { authorization: `Bearer ${victim.key}` },
    }).catch((error: unknown) => error as Error);
    if (response instanceof Error) problems.push(`download of ${ids[index]}: ${response.message}`);
    else if (response.status === 500)
      problems.push(`download of ${ids[index]}: ${judgeHttp('HTTP/1.1 500')} ${await response.text()}`);
    else await response.arrayBuffer();
  });
  return numbers.length > 0 && ids.length === 0
    ? [...problems, 'not one swap of the cases succeeded']
    : problems;
}

async function idsOfSucceeded(victim: Victim): Promise<string[]> {
  const ids: string[] = [];
  const query =
    'query ($after: String) { swaps(first: 100, after: $after) { nodes { id status } pageInfo { hasNextPage endCursor } } }';
  let after: string | null = null;
  for (;;) {
    const { swaps } = await sendQuery(victim, query, { after });
    const { nodes, pageInfo } = swaps as {
      nodes: { id: string; status: string }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    };
    ids.push(...nodes.filter(({ status }) => status === 'SUCCEEDED').map(({ id }) => id));
    if (!pageInfo.hasNextPage) return ids;
    after = pageInfo.endCursor;
  }
}

/** Swaps one after the other, each of which must succeed. */
function keepSwapping(client: { url: string; key: string }, host: string, isAlive: () => boolean) {
  let isStopping = false;
  let swaps = 0;
  const work = async (): Promise<string | undefined> => {
    while (!isStopping && isAlive()) {
      const image = `${host}/fine/${swaps}.jpg`;
      const input = { initImage: image, targetImage: image, referenceImage: image, reuse: 'NEVER' };
      const query =
        'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input, wait: 60) { status error { message } } }';
      const { singleFaceSwap } = await sendQuery(client, query, { input });
      const { status, error } = singleFaceSwap as { status: string; error: { message: string } | null };
      if (status !== 'SUCCEEDED') return `${status} ${error?.message ?? ''}`;
      swaps += 1;
      await new Promise((resolve) => setTimeout(resolve, bystanderPauseMs));
    }
    return undefined;
  };
  const working = work().catch((error: unknown) => String(error));
  return {
    async stop() {
      isStopping = true;
      return { problem: await working, swaps };
    },
  };
}

/** A contained error is a fault too. */
async function internalFaults({ url, isAlive }: Victim): Promise<string[]> {
  if (!isAlive()) return [];
  const response = await fetch(`${url}/metrics`, {
    headers: { authorization: 'Bearer token-of-the-fuzz-test' },
  });
  const lines = (await response.text()).split('\n');
  return lines
    .filter((line) => /internal_faults_total\{.*\} [1-9]/.test(line))
    .map((line) => `an error was contained: ${line}`);
}

/** MiB after garbage collection; NaN if the process has exited. */
async function memoryInUse({ child, ended }: GatewayProcess): Promise<number> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const answer = new Promise<number>((resolve) => {
    lines.on('line', (line) => {
      const [, memory] = /^\{"memory":(\d+)/.exec(line) ?? [];
      if (memory !== undefined) resolve(Math.round(Number(memory) / 1024 / 1024));
    });
  });
  child.kill('SIGUSR2');
  try {
    return await Promise.race([answer, ended.then(() => Number.NaN)]);
  } finally {
    lines.close();
  }
}

function samplePictures(): Buffer[] {
  const jpeg = readFileSync(join(import.meta.dirname, '../../samples/pictures/ada.jpg'));
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  return [jpeg, png];
}
