import { expect, it } from 'vitest';
import type { Sandbox, SandboxFaults } from '../../sandbox/sandbox.js';
import {
  type Body,
  fetchText,
  postText,
  startHook,
  startSandbox,
  submitText,
} from '../../testing/sandbox-client.js';

const parse = (text: string): Body => JSON.parse(text);
const fetchBody = async (sandbox: Sandbox, id: unknown = 700): Promise<Body> =>
  parse((await fetchText(sandbox, id)).text);
const forever: [number, number] = [600_000, 600_000];
const never = { generationMs: forever };

it.each<[keyof SandboxFaults, number[], unknown]>([
  ['fetchRefused', [400, 403, 404, 409, 422, 429], { status: 'error', message: 'Request not found' }],
  ['fetchBlank', [200], {}],
  ['fetchNull', [200], null],
  ['fetchStrange', [200], expect.not.objectContaining({ status: 'success' })],
  ['fetchGenericError', [200, 500], { status: 'error', message: expect.any(String) }],
])('%s affects fetches for a while, then they are correct', async (fault, statuses, body) => {
  const sandbox = await startSandbox({ [fault]: 1, fetchTroubleMs: forever });
  await submitText(sandbox);
  for (let i = 0; i < 5; i++) {
    const answer = await fetchText(sandbox, 700);
    expect(statuses).toContain(answer.status);
    expect(JSON.parse(answer.text)).toEqual(body);
  }
  sandbox.setFaults({ fetchTroubleMs: [0, 0] });
  expect(await fetchBody(sandbox)).toMatchObject({ status: 'success' });
});

it('responds to fetches as documented: no id while processing, no meta at the end', async () => {
  const sandbox = await startSandbox({ ...never, fetchPublished: 1 });
  await submitText(sandbox);
  const tip = expect.any(String);
  const processing = { status: 'processing', message: 'try again later.', output: '', tip };
  expect(await fetchBody(sandbox)).toEqual(processing);
  sandbox.setFaults({ generationMs: [0, 0] });
  await submitText(sandbox);
  await expect.poll(() => fetchBody(sandbox, 701)).toMatchObject({ status: 'success' });
  const output = [expect.any(String)];
  expect(await fetchBody(sandbox, 701)).toEqual({
    status: 'success',
    id: 701,
    output,
    tip,
    proxy_links: null,
  });
});

it('can be fetched under the path in fetch_result, and not under the default one', async () => {
  const sandbox = await startSandbox({ fetchMoved: 1 });
  const { fetch_result: moved } = parse((await submitText(sandbox)).text);
  expect(moved).toBe(`${sandbox.baseUrl}/results/700`);
  expect((await fetchText(sandbox, 700)).status).toBe(404);
  expect(parse((await postText(String(moved), { key: 'any' })).text)).toMatchObject({ status: 'success' });
});

it('counts fetches that follow a fetch_result to another origin', async () => {
  const sandbox = await startSandbox({ fetchForeign: 1 });
  const { fetch_result: foreign } = parse((await submitText(sandbox)).text);
  expect(new URL(String(foreign)).hostname).toBe('localhost');
  await fetchText(sandbox, 700);
  expect(sandbox.submissions()[0]).toMatchObject({ fetches: 1, foreignFetches: 0 });
  const { port, pathname } = new URL(String(foreign));
  const { status } = await postText(`http://localhost:${port}${pathname}`, { key: 'any' });
  expect(status).toBe(200);
  expect(sandbox.submissions()[0]).toMatchObject({ fetches: 2, foreignFetches: 1 });
});

it('responds to a synchronous submit with the picture, after its delay', async () => {
  const sandbox = await startSandbox({ submitSlow: 1, slowSubmitMs: [150, 150] });
  const since = performance.now();
  expect(parse((await submitText(sandbox)).text)).toMatchObject({ status: 'success' });
  expect(performance.now() - since).toBeGreaterThan(140);
});

it('responds to a paid submit later than its client waits', async () => {
  const sandbox = await startSandbox({ submitLate: 1, lateSubmitMs: [150, 150] });
  const since = performance.now();
  const answer = submitText(sandbox);
  await expect.poll(() => sandbox.submissions()).toEqual([expect.objectContaining({ outcome: 'success' })]);
  expect(parse((await answer).text)).toMatchObject({ status: 'processing', id: 700 });
  expect(performance.now() - since).toBeGreaterThan(140);
});

it('takes as long for a picture as generationLate says, and reports processing until then', async () => {
  const sandbox = await startSandbox({ generationLate: 1, lateGenerationMs: forever });
  await submitText(sandbox);
  expect(await fetchBody(sandbox)).toMatchObject({ status: 'processing' });
  sandbox.setFaults({ lateGenerationMs: [30, 30] });
  await submitText(sandbox);
  await expect.poll(() => fetchBody(sandbox, 701)).toMatchObject({ status: 'success' });
  const { acceptedAt = 0, finishedAt } = sandbox.submissions()[1] ?? {};
  expect(finishedAt).toBeGreaterThanOrEqual(acceptedAt + 29);
});

it('withholds a finished picture for as long as reportLate says', async () => {
  const [sandbox, hook] = await Promise.all([
    startSandbox({ reportLate: 1, lateReportMs: forever, successAtOnce: 1 }),
    startHook(),
  ]);
  const submit = async () => parse((await submitText(sandbox, { webhook: hook.url })).text);
  expect(await submit()).toMatchObject({ status: 'processing' });
  await expect.poll(() => sandbox.submissions()[0]?.outcome).toBe('success');
  expect((await fetchText(sandbox, 700)).status).toBeGreaterThanOrEqual(500);
  expect(sandbox.submissions()[0]?.reports).toEqual([]);

  sandbox.setFaults({ lateReportMs: [50, 50] });
  expect(await submit()).toMatchObject({ status: 'processing' });
  await hook.arrived(1);
  expect(await fetchBody(sandbox, 701)).toMatchObject({ status: 'success' });
  await expect
    .poll(() =>
      sandbox
        .submissions()[1]
        ?.reports.map(({ by }) => by)
        .sort(),
    )
    .toEqual(['fetch', 'webhook']);
  const { finishedAt, reports = [] } = sandbox.submissions()[1] ?? {};
  for (const { at } of reports) expect(at).toBeGreaterThanOrEqual((finishedAt ?? 0) + 49);
});

it.each<[string, Partial<SandboxFaults>, string[]]>([
  ['webhook, fetch and submit', {}, ['submit', 'webhook', 'fetch']],
  ['nothing but a 5xx', { successAs5xx: 1, webhookDropped: 1 }, []],
  ["another swap's picture", { foreignTrackId: 1 }, []],
  ['a success without a picture', { outputEmpty: 1 }, []],
  ['an error with a picture', { errorWithOutput: 1 }, []],
  ['half a body', { bodyTruncated: 1, webhookUnparsable: 1 }, []],
  ['every dialect', { statusCase: 1, outputString: 1, wrappedInArray: 1 }, ['submit', 'webhook', 'fetch']],
])('logs how a picture was reported: %s', async (_what, faults, expected) => {
  const [sandbox, hook] = await Promise.all([startSandbox({ successAtOnce: 1, ...faults }), startHook()]);
  await submitText(sandbox, { webhook: hook.url, track_id: 5 });
  if (faults.webhookDropped !== 1) await hook.arrived(1);
  await fetchText(sandbox, 700);
  await expect
    .poll(() =>
      sandbox
        .submissions()[0]
        ?.reports.map(({ by }) => by)
        .sort(),
    )
    .toEqual([...expected].sort());
});

it('logs no report for a rejected webhook', async () => {
  const [sandbox, hook] = await Promise.all([startSandbox(), startHook(503)]);
  await submitText(sandbox, { webhook: hook.url });
  await hook.arrived(1);
  await fetchText(sandbox, 700);
  await expect.poll(() => sandbox.submissions()[0]?.reports.map(({ by }) => by)).toEqual(['fetch']);
});

it('keeps the first reports and the last one, however often it is polled', async () => {
  const sandbox = await startSandbox();
  await submitText(sandbox);
  await expect.poll(() => fetchBody(sandbox)).toMatchObject({ status: 'success' });
  for (let i = 0; i < 30; i++) await fetchText(sandbox, 700);
  expect(sandbox.submissions()[0]?.reports).toHaveLength(20);
});
