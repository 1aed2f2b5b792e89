import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.js';
import type { GatewayOverrides } from '../../src/app/gateway-overrides.js';
import type { Failpoint } from '../../src/swap/failpoint.js';
import {
  give,
  readArchive,
  startPictureHost,
  startPlainSandbox,
  swapWith,
} from '../../testing/archived-swap.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { samplePicture } from '../../testing/pictures.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { startRedis } from '../../testing/redis-server.js';
import { s3Environment, startS3Server } from '../../testing/s3-server.js';
import { startGateway as start } from '../../testing/start-gateway.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { longTestTimeoutMs } from '../../testing/timeouts.js';

/** Without labels, so that copies have the bytes of their originals. */
const startGateway = (env: Record<string, string> = {}, overrides: GatewayOverrides = {}) =>
  start({ PROVENANCE: 'off', ...env }, overrides);

const jpeg = samplePicture('ada');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const read = async (url = ''): Promise<Buffer> => Buffer.from(await (await fetch(url)).arrayBuffer());
/** Longer than the lease of a copy whose process was killed. */
const patience = { timeout: 45_000 };

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
        statSync(join(folder, name)).isFile(),
      )
    : [];

/** A ModelsLab with pictures, for gateways in other processes. */
async function startUpstream() {
  const apiKey = 'key-of-the-archive-tests';
  const sandbox = await createSandbox({
    apiKey,
    render: false,
    faults: { latencyMs: [0, 0], generationMs: [0, 0] },
  });
  onTestFinished(sandbox.close);
  return { sandbox, env: { MODELSLAB_API_KEY: apiKey, MODELSLAB_BASE_URL: sandbox.baseUrl } };
}

test.each<Failpoint>(['after-outbox-before-index', 'after-put-before-record', 'after-record-before-removal'])(
  'a crash %s leaves one file per picture, and no other',
  { timeout: longTestTimeoutMs },
  async (crashAt) => {
    const { sandbox, env } = await startUpstream();
    const dataDir = temporaryFolder();
    const settings = { ...env, DATA_DIR: dataDir, PROVENANCE: 'off' };
    const crashing = await startGatewayProcess(
      { ...settings, CRASH_AT: crashAt },
      'testing/crashing-gateway.ts',
    );
    const { id } = await requestSwap(crashing);
    expect(await crashing.ended).toBe('SIGKILL');
    const next = await startGatewayProcess(settings);
    await expect.poll(async () => (await readArchive(next, id)).archiveState, patience).toBe('STORED');
    await expect.poll(() => filesIn(join(dataDir, 'results')).length, patience).toBe(1);
    const { output, files } = await readArchive(next, id);
    const picture = await read(output[0]);
    expect(picture.equals(await read(files[0]?.sourceUrl))).toBe(true);
    expect(files[0]?.sha256).toBe(sha256(picture));
    expect(sandbox.submissions()).toHaveLength(1);
  },
);

test('a late result gets lasting URLs too, and the swap that recovers it gets files of its own', async () => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const gateway = await startGateway({ PROCESSING_DEADLINE_MS: '300', POLL_INTERVAL_MS: '50' }, { sandbox });
  host.serve('/late.jpg', give(jpeg));
  const output = [`${host.url}/late.jpg`];
  sandbox.setFaults({ generationMs: [600_000, 600_000] });
  const failed = await requestSwap(gateway, {}, { wait: 20 });
  expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'TIMED_OUT' } });
  expect(await readArchive(gateway, failed.id)).toEqual({ archiveState: 'NONE', output: [], files: [] });
  const [row] = sandbox.submissions();
  const body = { status: 'success', id: row?.id, track_id: row?.trackId, output };
  const sent = await fetch(row?.webhook ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(sent.status).toBe(200);
  await expect
    .poll(async () => (await readArchive(gateway, failed.id)).archiveState, patience)
    .toBe('STORED');
  const late = await readSwap(gateway, failed.id);
  expect(late).toMatchObject({ status: 'FAILED', output: [] });
  const [lateUrl = ''] = (late as unknown as { lateResult: { output: string[] } }).lateResult.output;
  expect((await readArchive(gateway, failed.id)).files[0]?.url).toBe(lateUrl);
  host.close();
  const recovered = await requestSwap(gateway, {}, { wait: 20 });
  expect(recovered).toMatchObject({ status: 'SUCCEEDED', recoveredFrom: failed.id });
  await expect
    .poll(async () => (await readArchive(gateway, recovered.id)).archiveState, patience)
    .toBe('STORED');
  expect(recovered.output).not.toEqual([lateUrl]);
  expect((await read(recovered.output[0])).equals(jpeg)).toBe(true);
  expect((await read(lateUrl)).equals(jpeg)).toBe(true);
  const { files } = await readArchive(gateway, recovered.id);
  expect(files[0]).toMatchObject({ sourceUrl: output[0], sha256: sha256(jpeg), sourceSha256: sha256(jpeg) });
});

test('any instance copies, exactly one of them, and every instance shows the copy and serves it', async () => {
  const server = await startRedis();
  const s3 = await startS3Server();
  onTestFinished(s3.close);
  const { sandbox, env } = await startUpstream();
  const settings = { ...env, ...sharedEnv(server), ...s3Environment(s3, 'shared/') };
  const gateways = await Promise.all([1, 2, 3].map(() => startGateway(settings)));
  const ids: string[] = [];
  for (const [n, gateway] of [...gateways, ...gateways].entries())
    ids.push((await requestSwap(gateway, { trackId: n }, { wait: 20 })).id);
  for (const gateway of gateways) {
    for (const id of ids) {
      await expect.poll(async () => (await readArchive(gateway, id)).archiveState, patience).toBe('STORED');
      const { output, files } = await readArchive(gateway, id);
      expect((await read(output[0])).equals(await read(files[0]?.sourceUrl))).toBe(true);
    }
  }
  const puts = s3.requests.filter((request) => request.startsWith('PUT'));
  expect(puts).toHaveLength(ids.length);
  expect(new Set(puts).size).toBe(ids.length);
  expect(sandbox.submissions()).toHaveLength(ids.length);
});

test('a copy that a killed instance began is finished by another', {
  timeout: longTestTimeoutMs,
}, async () => {
  const server = await startRedis();
  const s3 = await startS3Server();
  onTestFinished(s3.close);
  const { env } = await startUpstream();
  const settings = { ...env, ...sharedEnv(server), ...s3Environment(s3) };
  const crashing = await startGatewayProcess(
    { ...settings, CRASH_AT: 'after-put-before-record' },
    'testing/crashing-gateway.ts',
  );
  const { id } = await requestSwap(crashing);
  expect(await crashing.ended).toBe('SIGKILL');
  const other = await startGateway(settings);
  await expect.poll(async () => (await readArchive(other, id)).archiveState, patience).toBe('STORED');
  expect(new Set(s3.requests.filter((request) => request.startsWith('PUT'))).size).toBe(1);
});

test.each([
  ['signed', {}, (url: string) => expect(url).toMatch(/X-Amz-Signature=[0-9a-f]{64}/)],
  [
    'public',
    { ARCHIVE_PUBLIC_URL: 'https://cdn.example.com/pictures' },
    (url: string) =>
      expect(url).toMatch(/^https:\/\/cdn\.example\.com\/pictures\/face-swap\/[0-9a-f]{32}\/0\.jpg$/),
  ],
])(
  'with ARCHIVE_URLS=%s the same URL redirects to the copy once there is one',
  async (kind, extra, check) => {
    const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
    const s3 = await startS3Server();
    onTestFinished(s3.close);
    const gateway = await startGateway({ ...s3Environment(s3), ARCHIVE_URLS: kind, ...extra }, { sandbox });
    host.serve('/a.jpg', give(jpeg));
    const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
    await expect.poll(async () => (await readArchive(gateway, id)).archiveState, patience).toBe('STORED');
    expect((await readArchive(gateway, id)).output).toEqual(output);
    const response = await fetch(output[0] ?? '', { redirect: 'manual' });
    expect([response.status, response.headers.get('cache-control')]).toEqual([302, 'private, no-store']);
    check(response.headers.get('location') ?? '');
    if (kind === 'signed') expect((await read(output[0])).equals(jpeg)).toBe(true);
    const download = await fetch(`${gateway.url}/swaps/${id}/download`, { redirect: 'manual' });
    expect(Buffer.from(await download.arrayBuffer()).equals(jpeg)).toBe(true);
  },
);
