import { expect, onTestFinished, test } from 'vitest';
import { createSandbox, type Sandbox, type SandboxFaults } from '../../sandbox/sandbox.js';
import { readArchive } from '../../testing/archived-swap.js';
import { eraseSwap, statesOf } from '../../testing/erasure.js';
import { samplePicture } from '../../testing/pictures.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { upload } from '../../testing/upload.js';

const allDone = { RECORD: 'DONE', FILES: 'DONE', UPLOADS: 'DONE', WEBHOOKS: 'DONE', MODELSLAB: 'DONE' };

async function start(
  faults: Partial<SandboxFaults> = {},
  env: Record<string, string> = {},
): Promise<{ gateway: TestGateway; sandbox: Sandbox }> {
  const sandbox = await createSandbox({
    render: false,
    faults: { latencyMs: [0, 0], generationMs: [0, 0], ...faults },
  });
  onTestFinished(sandbox.close);
  return { sandbox, gateway: await startGateway(env, { sandbox }) };
}

const statusOf = async (url = ''): Promise<number> => (await fetch(url)).status;
const untilStored = (gateway: TestGateway, id: string) =>
  expect.poll(async () => (await readArchive(gateway, id)).archiveState).toBe('STORED');
const uploadSample = async (gateway: TestGateway, name: 'ada' | 'bruno'): Promise<string> =>
  (await upload(gateway, samplePicture(name))).picture.url;
const shown = `query ($id: ID!) { swapResult(id: $id) {
  status erasedAt initImage targetImage referenceImage output proxyLinks trackId modelsLabId files { url } archiveState error { code }
} }`;

test('an erased swap keeps its outcome and loses its pictures, in the record, the archive, the uploads and at ModelsLab', async () => {
  const { gateway, sandbox } = await start();
  const initImage = await uploadSample(gateway, 'ada');
  const swap = await requestSwap(gateway, { initImage, trackId: 77 }, { wait: 20 });
  await untilStored(gateway, swap.id);
  const { output, files } = await readArchive(gateway, swap.id);
  expect(await statusOf(output[0])).toBe(200);
  const name = /generations\/([^/]+)\.jpg/.exec(files[0]?.sourceUrl ?? '')?.[1] ?? '';
  expect(sandbox.readPicture(name)).toBeDefined();

  const erasure = await eraseSwap(gateway, swap.id);
  expect(statesOf(erasure)).toEqual(allDone);
  const { data } = await gateway.graphql(shown, { id: swap.id });
  const erased = data?.['swapResult'] as Record<string, unknown>;
  expect(erased).toMatchObject({
    status: 'SUCCEEDED',
    erasedAt: erasure.erasedAt,
    output: [],
    proxyLinks: [],
    trackId: null,
    modelsLabId: null,
    files: [],
    archiveState: 'NONE',
  });
  const placeholder = await fetch(String(erased['initImage']));
  expect([placeholder.status, placeholder.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(erased['targetImage']).toBe(erased['initImage']);
  expect(await Promise.all([output[0], initImage].map(statusOf))).toEqual([404, 404]);
  expect(await statusOf(`${gateway.url}/swaps/${swap.id}/download`)).toBe(404);
  expect(sandbox.readPicture(name)).toBeUndefined();
  expect(await eraseSwap(gateway, swap.id)).toEqual(erasure);
});

test('an upload that another swap uses stays until that one is erased as well', async () => {
  const { gateway } = await start();
  const initImage = await uploadSample(gateway, 'ada');
  const targetImage = await uploadSample(gateway, 'bruno');
  const first = await requestSwap(gateway, { initImage, targetImage }, { wait: 20 });
  const second = await requestSwap(gateway, { initImage, trackId: 2 }, { wait: 20 });
  expect(statesOf(await eraseSwap(gateway, first.id))).toMatchObject({ UPLOADS: 'NOT_POSSIBLE' });
  expect(await Promise.all([initImage, targetImage].map(statusOf))).toEqual([200, 404]);
  expect(statesOf(await eraseSwap(gateway, second.id))).toMatchObject({ UPLOADS: 'DONE' });
  expect(await statusOf(initImage)).toBe(404);
});

test('an idempotency key leads to the erased swap, and the same input without one to a new swap', async () => {
  const { gateway, sandbox } = await start();
  const swap = await requestSwap(gateway, { idempotencyKey: 'k' }, { wait: 20 });
  await eraseSwap(gateway, swap.id);
  expect((await requestSwap(gateway, { idempotencyKey: 'k' })).id).toBe(swap.id);
  expect(sandbox.submissions()).toHaveLength(1);
  const next = await requestSwap(gateway, { reuse: 'COMPLETED' }, { wait: 20 });
  expect(next.id).not.toBe(swap.id);
  expect(next.status).toBe('SUCCEEDED');
});

test('a queued swap is canceled and erased; nothing was submitted, so nothing is at ModelsLab', async () => {
  const { gateway, sandbox } = await start(
    { generationMs: [60_000, 60_000] },
    { MODELSLAB_QUEUE_LIMIT: '1' },
  );
  await requestSwap(gateway, { trackId: 1 });
  await expect.poll(() => sandbox.submissions().length).toBe(1);
  const queued = await requestSwap(gateway, { trackId: 2 });
  expect(statesOf(await eraseSwap(gateway, queued.id))).toEqual(allDone);
  const { data } = await gateway.graphql(shown, { id: queued.id });
  expect(data?.['swapResult']).toMatchObject({ status: 'CANCELED', erasedAt: expect.any(String) });
  expect(sandbox.submissions()).toHaveLength(1);
});

test('a swap in progress is erased when it finishes', async () => {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway(upstream.env);
  const { id } = await requestSwap(gateway);
  const submission = await upstream.submission();
  const erasure = await eraseSwap(gateway, id);
  expect(new Set(Object.values(statesOf(erasure)))).toEqual(new Set(['PENDING']));
  upstream.handle((call) => {
    if (call.path === '/api/v3/delete_image')
      call.answer(200, { status: 'success', messege: 'image deleted' });
  });
  submission.answer(200, answers.success(41));
  await expect.poll(async () => statesOf(await eraseSwap(gateway, id)), { timeout: 20_000 }).toEqual(allDone);
  const { data } = await gateway.graphql(shown, { id });
  expect(data?.['swapResult']).toMatchObject({ status: 'SUCCEEDED', output: [], erasedAt: erasure.erasedAt });
  const deletion = upstream.calls.find(({ path }) => path === '/api/v3/delete_image');
  expect(deletion?.body).toEqual({ key: 'test-key-of-modelslab', request_id: 41, type: 'image' });
  expect(await upstream.sendWebhook(answers.success(41))).toBe(404);
});

test('a late webhook brings nothing back after the erasure', async () => {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({
    ...upstream.env,
    PROCESSING_DEADLINE_MS: '1000',
    UNKNOWN_SLOT_MS: '500',
  });
  const { id } = await requestSwap(gateway);
  (await upstream.submission()).reset();
  await expect.poll(() => readSwap(gateway, id), { timeout: 20_000 }).toMatchObject({ status: 'FAILED' });
  expect(statesOf(await eraseSwap(gateway, id))).toEqual({ ...allDone, MODELSLAB: 'NOT_POSSIBLE' });
  expect(await upstream.sendWebhook(answers.success(7))).toBe(404);
  const { data } = await gateway.graphql(
    'query ($id: ID!) { swapResult(id: $id) { lateResult { output } } }',
    {
      id,
    },
  );
  expect(data?.['swapResult']).toEqual({ lateResult: null });
});

test.each<[string, Partial<SandboxFaults>, string]>([
  ['does not have the endpoint', { deleteMissing: 1 }, 'NOT_POSSIBLE'],
  ['refuses it in the plan of the account', { deleteRefused: 1 }, 'NOT_POSSIBLE'],
  ['fails', { deleteError: 1 }, 'PENDING'],
  ['hangs up', { deleteReset: 1 }, 'PENDING'],
])('where ModelsLab %s, only that part is not done', async (_what, faults, state) => {
  const { gateway, sandbox } = await start(faults);
  const swap = await requestSwap(gateway, {}, { wait: 20 });
  const erasure = await eraseSwap(gateway, swap.id);
  expect(statesOf(erasure)).toEqual({ ...allDone, MODELSLAB: state });
  expect(erasure.parts.find(({ what }) => what === 'MODELSLAB')?.reason).toMatch(/ModelsLab/);
  sandbox.setFaults({ deleteError: 0, deleteReset: 0 });
  if (state === 'PENDING')
    await expect
      .poll(async () => statesOf(await eraseSwap(gateway, swap.id)), { timeout: 20_000 })
      .toEqual(allDone);
});

test('only the owner erases a swap', async () => {
  const { gateway } = await start();
  await expect(eraseSwap(gateway, 'none')).rejects.toThrow('NOT_FOUND');
});

test('an unused upload is deleted by its id or URL; one that a swap uses is not', async () => {
  const { gateway } = await start();
  const mutation = 'mutation ($id: ID!) { deleteUpload(id: $id) }';
  const [used, unused, other] = await Promise.all(
    (['ada', 'bruno', 'bruno'] as const).map((name) => uploadSample(gateway, name)),
  );
  await requestSwap(gateway, { initImage: used }, { wait: 20 });
  const refused = await gateway.graphql(mutation, { id: used });
  expect(refused.errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'id', message: expect.stringContaining('erase the swap') }],
  });
  const id = /([0-9a-f]{32})\.jpg/.exec(unused ?? '')?.[1];
  expect((await gateway.graphql(mutation, { id })).data).toEqual({ deleteUpload: id });
  expect((await gateway.graphql(mutation, { id: other })).errors).toBeUndefined();
  expect((await gateway.graphql(mutation, { id })).errors?.[0]?.extensions?.['code']).toBe('NOT_FOUND');
  expect(await Promise.all([used, unused, other].map(statusOf))).toEqual([200, 404, 404]);
});
