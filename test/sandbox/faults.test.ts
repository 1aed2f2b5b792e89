import { afterEach, expect, it } from 'vitest';
import { createFaultDesk } from '../../sandbox/fault-draw.js';
import { createSandbox, type Sandbox, type SandboxFaults } from '../../sandbox/sandbox.js';
import { readSandboxArguments } from '../../sandbox/sandbox-arguments.js';

const open: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

async function start(faults: Partial<SandboxFaults>, seed = 1): Promise<Sandbox> {
  const quick: Partial<SandboxFaults> = {
    latencyMs: [0, 0],
    generationMs: [0, 0],
    successAtOnce: 1,
    ...faults,
  };
  const sandbox = await createSandbox({ render: false, seed, faults: quick });
  open.push(sandbox);
  return sandbox;
}

const image = 'https://example.com/a.jpg';
const swap = { key: 'secret-key', init_image: image, target_image: image, reference_image: image };
const send = (url: string, signal?: AbortSignal) =>
  fetch(url, { method: 'POST', body: JSON.stringify(swap), ...(signal && { signal }) });
const submit = (sandbox: Sandbox, signal?: AbortSignal) =>
  send(`${sandbox.baseUrl}/single_face_swap`, signal);

async function statuses(sandbox: Sandbox, times: number): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) seen.push((await submit(sandbox)).status);
  return seen;
}

it('gives the same faults for the same seed, and different ones for another', async () => {
  const faults = { errorBefore: 0.3, insufficientCredits: 0.2 };
  const [first, again, other] = await Promise.all([start(faults, 7), start(faults, 7), start(faults, 8)]);
  const seen = await statuses(first, 40);
  expect(await statuses(again, 40)).toEqual(seen);
  expect(await statuses(other, 40)).not.toEqual(seen);
  expect(new Set(seen)).toEqual(new Set([200, 402, 500, 503]));
  expect(again.injected()).toEqual(first.injected());
});

it('draws each fault independently of the others', () => {
  const asked = createFaultDesk(3, { busy: 0.5, noFace: 0.5 }).draw('submit', 1);
  const alone = createFaultDesk(3, { noFace: 0.5 }).draw('submit', 1);
  asked.happens('bodySlow');
  asked.within('latencyMs');
  expect(asked.fraction('noFace')).toBe(alone.fraction('noFace'));
});

it('strikes about as often as configured', () => {
  const desk = createFaultDesk(11, { webhookDropped: 0.3 });
  for (let i = 0; i < 4_000; i++) desk.draw('submit', i).happens('webhookDropped');
  const struck = desk.injected()['webhookDropped'] ?? 0;
  expect(struck).toBeGreaterThan(1_100);
  expect(struck).toBeLessThan(1_300);
});

it('rejects unknown faults and values out of range by name', async () => {
  await expect(createSandbox({ faults: JSON.parse('{"webhookDroped":1}') })).rejects.toThrow(/webhookDroped/);
  const sandbox = await start({});
  expect(() => sandbox.setFaults({ noFace: 2 })).toThrow(/noFace/);
  expect(() => sandbox.setFaults({ latencyMs: [9, 1] })).toThrow(/latencyMs/);
});

it.each([
  ['errorBefore', 0],
  ['errorAfter', 1],
] as const)('%s responds with 5xx, with %i accepted', async (fault, accepted) => {
  const sandbox = await start({ [fault]: 1 });
  expect((await submit(sandbox)).status).toBeGreaterThanOrEqual(500);
  expect(sandbox.submissions()).toHaveLength(accepted);
});

it.each([
  ['resetBefore', 0],
  ['resetAfter', 1],
] as const)('%s breaks the connection with %i accepted', async (fault, accepted) => {
  const sandbox = await start({ [fault]: 1 });
  await expect(submit(sandbox)).rejects.toThrow('fetch failed');
  expect(sandbox.submissions()).toHaveLength(accepted);
  expect(sandbox.injected()).toMatchObject({ [fault]: 1 });
});

it.each([
  ['hangBefore', 0],
  ['hangAfter', 1],
] as const)('%s never responds, with %i accepted', async (fault, accepted) => {
  const sandbox = await start({ [fault]: 1 });
  await expect(submit(sandbox, AbortSignal.timeout(150))).rejects.toThrow(/timeout/);
  expect(sandbox.submissions()).toHaveLength(accepted);
});

it('truncates a body, or sends a page of HTML instead', async () => {
  const sandbox = await start({ bodyTruncated: 1 });
  const half = await (await submit(sandbox)).text();
  expect(half).toMatch(/^\{"status":"success"/);
  expect(() => JSON.parse(half)).toThrow();
  sandbox.setFaults({ bodyTruncated: 0, bodyHtml: 1 });
  expect(await (await submit(sandbox)).text()).toMatch(/^<!DOCTYPE html>/);
  expect(sandbox.submissions().map(({ answer }) => answer)).toEqual(['bodyTruncated', 'bodyHtml']);
});

it('trickles a body that is complete in the end', async () => {
  const sandbox = await start({ bodySlow: 1, slowBodyMs: [60, 60] });
  expect(await (await submit(sandbox)).json()).toMatchObject({ status: 'success' });
});

it('breaks fetches in each way, and counts nothing as paid', async () => {
  const sandbox = await start({ fetchReset: 1 });
  await submit(sandbox);
  const url = `${sandbox.baseUrl}/fetch/${sandbox.submissions()[0]?.id}`;
  await expect(send(url)).rejects.toThrow('fetch failed');
  sandbox.setFaults({ fetchReset: 0, fetchHang: 1 });
  await expect(send(url, AbortSignal.timeout(100))).rejects.toThrow(/timeout/);
  sandbox.setFaults({ fetchHang: 0, fetchError: 1 });
  expect((await send(url)).status).toBeGreaterThanOrEqual(500);
  expect(sandbox.submissions()).toEqual([expect.objectContaining({ fetches: 3 })]);
});

it('can leak the request with its key in an error, as careless servers do', async () => {
  const sandbox = await start({ echoRequest: 1, insufficientCredits: 1 });
  expect(await (await submit(sandbox)).text()).toContain('secret-key');
});

it('rejects a whole burst of submits when other programs fill the queue', async () => {
  const sandbox = await start({ busy: 0.15, busyBurst: 4 }, 5);
  const seen = (await statuses(sandbox, 40)).join(' ');
  expect(seen).toMatch(/200 429 429 429 429/);
  expect(seen).toMatch(/429 200/);
});

it('reports an unfetchable image at once, or as a failed generation', async () => {
  const sandbox = await start({ imageUnfetchable: 1 });
  const message = 'Unable to fetch image from provided URL';
  const refused = await submit(sandbox);
  expect(refused.status).toBe(400);
  expect(await refused.json()).toEqual({ status: 'error', message });
  sandbox.setFaults({ imageCheck: 'generation' });
  expect(await (await submit(sandbox)).json()).toMatchObject({ status: 'failed', message });
  expect(sandbox.submissions()).toEqual([expect.objectContaining({ outcome: 'failed', message })]);
});

it('flags override the environment, and invalid numbers and JSON are rejected', () => {
  const environment = { SANDBOX_PORT: '5000', SANDBOX_SEED: '3', SANDBOX_RENDER: 'false' };
  expect(readSandboxArguments({ seed: '7', faults: '{"busy":1}' }, environment)).toMatchObject({
    port: 5000,
    seed: 7,
    render: false,
    faults: { busy: 1 },
  });
  expect(() => readSandboxArguments({ port: 'x' }, {})).toThrow('--port must be a whole number, not "x"');
  expect(() => readSandboxArguments({ faults: '{' }, {})).toThrow('--faults must be JSON');
  expect(readSandboxArguments({ reach: 'anywhere' }, {}).images).toEqual({ reach: 'anywhere' });
  expect(() => readSandboxArguments({ reach: 'far' }, {})).toThrow(
    '--reach must be public, public-or-loopback',
  );
});
