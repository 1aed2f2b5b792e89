/**
 * `node test/chaos/fault-matrix.ts [--gateway dist/src/main.js] [FAULT…]`: tests each fault of the sandbox on its own,
 * against a separate gateway process, with and without webhooks. Reports which faults cost a paid picture, and exits
 * with 1 if any did.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { createSandbox as CreateSandbox, Sandbox, SandboxFaults } from '../../sandbox/sandbox.ts';
import { spawnGateway } from '../../testing/spawn-gateway.ts';
import { samePictures } from './same-pictures.ts';

type Faults = Partial<SandboxFaults>;

interface MatrixSwap {
  id: string;
  status: string;
  output: string[];
  error: { code: string } | null;
  completedAt: string | null;
  lateResult?: { output: string[] } | null;
}

const swapsEach = 4;
const workers = 5;
const deadlineMs = 6_000;
const atOnce: Faults = { successAtOnce: 1 };
/** A fault that hides every response for good cannot be survived: these strike two times out of three. */
const most = 0.67;

/** Settings added to the fault, or replacing it. */
const settings: Record<string, Faults> = {
  successWithoutId: atOnce,
  submitSlow: { slowSubmitMs: [2_000, 4_000] },
  submitLate: { lateSubmitMs: [12_000, 13_000] },
  generationLate: { lateGenerationMs: [8_000, 9_000] },
  reportLate: { lateReportMs: [8_000, 9_000] },
  busy: { busy: 0.4 },
  busyHeader: { busy: 0.4 },
  busyDate: { busy: 0.4 },
  busyZero: { busy: 0.4 },
  busyInWords: { busy: 0.4 },
  cdnBefore: { cdnBefore: 0.5 },
  errorBefore: { errorBefore: 0.5 },
  resetBefore: { resetBefore: 0.5 },
  redirected: { redirected: 0.5 },
  statusMissing: { statusMissing: most },
  outputEmpty: { outputEmpty: most },
  errorWithOutput: { errorWithOutput: most },
  successAs5xx: { successAs5xx: most },
  foreignId: { foreignId: most },
  foreignTrackId: { foreignTrackId: most },
  bodyTruncated: { bodyTruncated: 0.5 },
  bodyHtml: { bodyHtml: 0.5 },
  fetchError: { fetchError: most },
  fetchReset: { fetchReset: most },
  fetchStale: { fetchStale: most },
  fetchHang: { fetchHang: 0.3 },
  hangBefore: { hangBefore: 0.3 },
  unauthorized: { unauthorized: 0.5 },
  insufficientCredits: { insufficientCredits: 0.5 },
  forbidden: { forbidden: 0.5 },
};

const { values, positionals } = parseArgs({
  options: { gateway: { type: 'string', default: 'dist/src/main.js' } },
  allowPositionals: true,
});
const load = (module: string) => import(`../../dist/sandbox/${module}`);
const { createSandbox } = (await load('sandbox.js')) as { createSandbox: typeof CreateSandbox };
const { chanceFaultNames } = (await load('chance-faults.js')) as { chanceFaultNames: string[] };

interface Row {
  fault: string;
  way: string;
  paid: number;
  kept: number;
  late: number;
  lost: string[];
}

/** Paid, but without a webhook the gateway cannot learn about it: it has no id to poll. */
const untold = [
  'cdnAfter',
  'cdnForged',
  'errorAfter',
  'resetAfter',
  'hangAfter',
  'bodyTruncated',
  'bodyHtml',
];

const queue = (positionals.length > 0 ? positionals : chanceFaultNames).flatMap((fault) => [
  { fault, way: 'webhooks', extra: {} },
  ...(untold.includes(fault) ? [] : [{ fault, way: 'polling', extra: { webhookDropped: 1 } }]),
  ...(/^(output|meta|status|wrapped|byte|php|comp|successAs|errorWith|foreignTrack)/.test(fault)
    ? [{ fault, way: 'in the submit answer', extra: { ...atOnce, webhookDropped: 1 } }]
    : []),
]);
const rows: Row[] = [];
const worker = async (): Promise<void> => {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const row = await runOne(next.fault, next.way, next.extra);
    rows.push(row);
    if (row.lost.length > 0) console.log(describe(row));
  }
};
await Promise.all(Array.from({ length: workers }, worker));
const losing = rows.filter(({ lost }) => lost.length > 0);
console.log(`\n${losing.length} of ${rows.length} cost a paid picture:`);
for (const row of losing.sort((a, b) => a.fault.localeCompare(b.fault))) console.log(describe(row));
process.exit(losing.length > 0 ? 1 : 0);

function describe({ fault, way, paid, kept, late, lost }: Row): string {
  return `${fault} (${way}): ${paid} paid, ${kept} kept, ${late} kept late, ${lost.length} wrong: ${[...new Set(lost)].join('; ')}`;
}

async function runOne(fault: string, way: string, extra: Faults): Promise<Row> {
  const dataDir = mkdtempSync(join(tmpdir(), 'matrix-'));
  const faults: Faults = { generationMs: [300, 900], fetchTroubleMs: [2_500, 3_500], retryAfterS: 1 };
  const sandbox = await createSandbox({
    render: false,
    seed: 5,
    queueLimit: 50,
    faults: { ...faults, [fault]: 1, ...settings[fault], ...extra },
  });
  const gateway = await spawnGateway(
    {
      DATA_DIR: dataDir,
      // Results are compared by the sandbox's URLs.
      ARCHIVE: 'off',
      MODELSLAB_API_KEY: 'any',
      MODELSLAB_BASE_URL: sandbox.baseUrl,
      PROCESSING_DEADLINE_MS: String(deadlineMs),
      UNKNOWN_SLOT_MS: '3000',
      CREDITS_RETRY_MS: '200',
      SUBMIT_TIMEOUT_MS: '10000',
      POLL_INTERVAL_MS: '200',
      LOG_LEVEL: 'info',
    },
    values.gateway,
  );
  try {
    return { fault, way, ...(await observe(gateway.url, sandbox)) };
  } finally {
    await gateway.kill('SIGKILL');
    await sandbox.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function observe(url: string, sandbox: Sandbox): Promise<Omit<Row, 'fault' | 'way'>> {
  const { __type: type } = await ask<{ __type: { fields: { name: string }[] } }>(
    url,
    '{ __type(name: "Swap") { fields { name } } }',
  );
  const hasLate = type.fields.some(({ name }) => name === 'lateResult');
  const fields = `id status output error { code } completedAt${hasLate ? ' lateResult { output }' : ''}`;
  const requested = await Promise.all(
    Array.from({ length: swapsEach }, async (_, index) => {
      const image = `https://images.example.com/${index}.jpg`;
      const input = {
        initImage: image,
        targetImage: image,
        referenceImage: image,
        trackId: index + 1,
        idempotencyKey: `matrix-${index}`,
      };
      const { singleFaceSwap } = await ask<{ singleFaceSwap: MatrixSwap }>(
        url,
        `mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { ${fields} } }`,
        { input },
      );
      return singleFaceSwap.id;
    }),
  );
  const read = async (): Promise<MatrixSwap[]> =>
    Promise.all(
      requested.map(async (id) => {
        const query = `query ($id: ID!) { swapResult(id: $id) { ${fields} } }`;
        return (await ask<{ swapResult: MatrixSwap }>(url, query, { id })).swapResult;
      }),
    );
  // The time to finish and, for those that failed while their picture is still being made, the time it takes.
  const patience = Date.now() + 40_000;
  let swaps = await read();
  while (Date.now() < patience) {
    const isSettled = swaps.every((swap) => {
      const row = sandbox.submissions().find(({ webhook }) => webhook?.includes(swap.id));
      if (swap.completedAt === null) return false;
      const isWaiting = row?.outcome === 'generating' || (row?.outcome === 'success' && !hasPicture(swap));
      return swap.status === 'SUCCEEDED' || !isWaiting || Date.now() > Date.parse(swap.completedAt) + 8_000;
    });
    if (isSettled) break;
    await sleep(200);
    swaps = await read();
  }
  const result = { paid: 0, kept: 0, late: 0, lost: [] as string[] };
  for (const swap of swaps) {
    const mine = sandbox.submissions().filter(({ webhook }) => webhook?.includes(swap.id));
    result.paid += mine.length;
    const [row] = mine;
    if (mine.length > 1) result.lost.push(`paid ${mine.length} times`);
    if (swap.status === 'SUCCEEDED' && !samePictures(swap.output, row?.output ?? []))
      result.lost.push(`shows ${swap.output.join(' ')}`);
    else if (row?.outcome === 'success' && swap.status === 'SUCCEEDED') result.kept += 1;
    else if (row?.outcome === 'success' && samePictures(swap.lateResult?.output ?? [], row.output))
      result.late += 1;
    else if (row?.outcome === 'success') result.lost.push(`${swap.status} ${swap.error?.code ?? ''}`.trim());
  }
  return result;
}

function hasPicture({ output, lateResult }: MatrixSwap): boolean {
  return output.length > 0 || (lateResult?.output.length ?? 0) > 0;
}

/** Repeats until it gets a response: on a busy machine the gateway sheds load for a while. */
async function ask<T>(url: string, query: string, variables: object = {}): Promise<T> {
  for (;;) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: T; errors?: unknown };
    if (data != null) return data;
    if (!JSON.stringify(errors).includes('UNAVAILABLE')) throw new Error(JSON.stringify(errors));
    await sleep(500);
  }
}
