import { expect, it } from 'vitest';
import type { SandboxFaults } from '../../sandbox/sandbox.js';
import { type Body, fetchText, startHook, startSandbox, submitText } from '../../testing/sandbox-client.js';

const link = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/generations\/[\da-f-]{36}\.jpg$/);
const schemeless = expect.stringMatching(/^\/\/127\.0\.0\.1:\d+\/generations\/[\da-f-]{36}\.jpg$/);
const foreign = expect.stringMatching(/\/generations\/foreign-1\.jpg$/);

/** A field whose expected value is undefined must be absent. */
function expectBody(body: unknown, expected: unknown): void {
  const fields = Object.entries(expected as object);
  for (const [name] of fields.filter(([, value]) => value === undefined))
    expect(body).not.toHaveProperty(name);
  const given = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  expect(body).toMatchObject(Array.isArray(expected) ? expected : given);
}

const parse = (text: string): Body => JSON.parse(text);

async function successUnder(faults: Partial<SandboxFaults>): Promise<Body> {
  const sandbox = await startSandbox({ successAtOnce: 1, ...faults });
  return parse((await submitText(sandbox, { track_id: 5 })).text);
}

async function processingUnder(faults: Partial<SandboxFaults>): Promise<Body> {
  const sandbox = await startSandbox({ generationMs: [600_000, 600_000], ...faults });
  const webhook = 'http://127.0.0.1:1/hook';
  return parse((await submitText(sandbox, { track_id: 5, webhook })).text);
}

it.each<[keyof SandboxFaults, unknown]>([
  ['statusSynonym', { status: expect.stringMatching(/^(complete|completed|succeeded)$/i), output: [link] }],
  ['statusCase', { status: expect.stringMatching(/^(SUCCESS|Success)$/) }],
  ['statusPadded', { status: 'success ' }],
  ['statusMissing', { output: [link], status: undefined }],
  ['wrappedInArray', [expect.objectContaining({ status: 'success', output: [link] })]],
  ['wrappedInData', { data: expect.objectContaining({ status: 'success', output: [link] }) }],
  ['outputString', { output: link, proxy_links: [link] }],
  ['outputWithNull', { output: [link, null], proxy_links: [link, null] }],
  ['outputObjects', { output: [{ url: link }], proxy_links: [{ url: link }] }],
  ['outputInProxyLinks', { output: [], proxy_links: [link] }],
  ['outputInFutureLinks', { output: [], proxy_links: [], future_links: [link] }],
  ['outputSchemeless', { output: [schemeless], proxy_links: [schemeless] }],
  ['outputLong', { output: [expect.stringMatching(/\.jpg\?signature=a{3000,7800}$/)] }],
  ['outputEmpty', { status: 'success', output: [], proxy_links: [] }],
  ['errorWithOutput', { status: 'error', message: expect.any(String), output: [link] }],
  ['successWithoutId', { status: 'success', id: undefined }],
  ['metaMissing', { status: 'success', meta: undefined, generationTime: undefined }],
  ['idDashed', { id: 'abc700-def700' }],
  ['idUuid', { id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) }],
])('reports a success with %s', async (fault, expected) => {
  expectBody(await successUnder({ [fault]: 1 }), expected);
});

it.each<[keyof SandboxFaults, unknown]>([
  ['statusSynonym', { status: expect.stringMatching(/^(queued|in_queue|pending|in_progress|starting)$/) }],
  ['statusCase', { status: expect.stringMatching(/^(PROCESSING|Processing)$/) }],
  ['statusPadded', { status: 'processing ' }],
  ['statusMissing', { status: undefined, id: 700 }],
  ['wrappedInArray', [expect.objectContaining({ status: 'processing' })]],
  ['outputSchemeless', { output: [], future_links: [schemeless] }],
  ['etaPublished', { eta: 605 }],
  ['etaFractional', { eta: 600.9379869184 }],
  ['etaAbsent', { eta: undefined }],
])('reports processing with %s', async (fault, expected) => {
  expectBody(await processingUnder({ [fault]: 1 }), expected);
});

it.each([
  [0.5, 300],
  [3, 1800],
])('multiplies an honest eta by %d', async (etaFactor, eta) => {
  expect(await processingUnder({ etaFactor })).toMatchObject({ eta });
});

it('repeats webhook, track_id and id as text in meta, with an output that is not one', async () => {
  expect(await processingUnder({ metaCaptured: 1 })).toMatchObject({
    output: [],
    meta: {
      webhook: 'http://127.0.0.1:1/hook',
      track_id: '5',
      id: '700',
      base64: 'no',
      output: [expect.stringMatching(/\/future\/[\da-f-]{36}\.jpg$/)],
    },
  });
});

it('writes an id above 2^53 digit for digit, and can be fetched under it', async () => {
  const sandbox = await startSandbox({ successAtOnce: 1, idHuge: 1 });
  expect((await submitText(sandbox)).text).toContain('"id":9007199254741692,');
  expect((await fetchText(sandbox, '9007199254741692')).text).toContain('"id":9007199254741692,');
  expect(sandbox.submissions()[0]?.id).toBe('9007199254741692');
});

it.each(['idDashed', 'idUuid'] as const)('can be fetched under the id of %s', async (fault) => {
  const sandbox = await startSandbox({ successAtOnce: 1, [fault]: 1 });
  const { id } = parse((await submitText(sandbox)).text);
  expect(parse((await fetchText(sandbox, id)).text)).toMatchObject({ status: 'success', id });
});

it("responds to a fetch with another swap's id and picture, or its failure", async () => {
  const sandbox = await startSandbox({ successAtOnce: 1 });
  await submitText(sandbox, { track_id: 5 });
  sandbox.setFaults({ foreignId: 1 });
  const ids = { id: 1_000_700, track_id: 1_000_005 };
  const bodies = await Promise.all(Array.from({ length: 20 }, () => fetchText(sandbox, 700)));
  const seen = bodies.map(({ text }) => parse(text));
  expect(seen).toContainEqual(
    expect.objectContaining({ ...ids, status: 'success', output: [foreign], proxy_links: [foreign] }),
  );
  expect(seen).toContainEqual(expect.objectContaining({ ...ids, status: 'failed' }));
  expect(seen.every((body) => body['id'] === ids.id)).toBe(true);
});

it("responds with the right id but another swap's track_id and picture", async () => {
  const body = await successUnder({ foreignTrackId: 1 });
  expect(body).toMatchObject({ id: 700, track_id: 1_000_005 });
  expect(JSON.stringify(body)).toMatch(/foreign-1\.jpg|No face detected/);
});

it('leaves a body without track_id unchanged', async () => {
  const sandbox = await startSandbox({ successAtOnce: 1, foreignTrackId: 1 });
  expect(parse((await submitText(sandbox)).text)).toMatchObject({ status: 'success', output: [link] });
  expect(sandbox.injected()).not.toHaveProperty('foreignTrackId');
});

it.each<[keyof SandboxFaults, unknown]>([
  ['webhookWithoutId', { status: 'success', id: undefined, track_id: 5, output: [link] }],
  ['foreignId', { id: 1_000_700, track_id: 1_000_005 }],
  ['foreignTrackId', { id: 700, track_id: 1_000_005 }],
  ['statusCase', { status: expect.stringMatching(/^(SUCCESS|Success)$/) }],
  ['outputString', { output: link }],
  ['wrappedInData', { data: expect.objectContaining({ status: 'success', track_id: 5 }) }],
])('sends a webhook with %s', async (fault, expected) => {
  const [sandbox, hook] = await Promise.all([startSandbox({ [fault]: 1 }), startHook()]);
  await submitText(sandbox, { track_id: 5, webhook: hook.url });
  const [webhook] = await hook.arrived(1);
  expectBody(parse(webhook?.text ?? ''), expected);
});

it('sends a webhook that is not JSON, and one with an odd content type', async () => {
  const [sandbox, hook] = await Promise.all([startSandbox({ webhookUnparsable: 1 }), startHook()]);
  await submitText(sandbox, { webhook: hook.url });
  const [unparsable] = await hook.arrived(1);
  expect(() => JSON.parse(unparsable?.text ?? '')).toThrow();
  sandbox.setFaults({ webhookUnparsable: 0, contentTypeOdd: 1 });
  await submitText(sandbox, { webhook: hook.url });
  const odd = (await hook.arrived(2))[1];
  expect(parse(odd?.text ?? '')).toMatchObject({ status: 'success' });
  expect(odd?.headers['content-type']).not.toBe('application/json');
});
