import { expect, test } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.js';
import { type CallResult, submitOutcome } from '../../src/providers/modelslab/call-policy.js';
import { readModelsLabBody } from '../../src/providers/modelslab/wire.js';
import { startGateway } from '../../testing/start-gateway.js';

const baseUrl = 'https://modelslab.example/api/v6/deepfake';
const others = 'https://files.example.com/another-clients.jpg';

function respond(body: object): CallResult {
  return { kind: 'answer', httpStatus: 200, body: readModelsLabBody(body) };
}

test.each([
  ['success', { status: 'success', output: [others] }],
  ['failed', { status: 'failed', message: 'No face detected in the provided image' }],
  ['processing', { status: 'processing' }],
])('only the id counts of a %s with another track_id', (_status, body) => {
  const named = { ...body, id: 5, track_id: '8' };
  expect(submitOutcome(respond(named), baseUrl, 7)).toEqual({ kind: 'processing', modelsLabId: '5' });
  expect(submitOutcome(respond({ ...body, track_id: 8 }), baseUrl, 7)).toEqual({ kind: 'unknown' });
});

test("the swap's own track_id is accepted as text or number", () => {
  const body = { status: 'success', id: 5, output: [others] };
  expect(submitOutcome(respond({ ...body, track_id: '7' }), baseUrl, 7)).toMatchObject({ kind: 'succeeded' });
  expect(submitOutcome(respond({ ...body, track_id: 8 }), baseUrl)).toMatchObject({ kind: 'succeeded' });
});

test("a submit response with another client's picture is checked by a fetch, and never shown", async () => {
  const sandbox = await createSandbox({
    render: false,
    faults: { generationMs: [0, 0], successAtOnce: 1, webhookDropped: 1, foreignTrackId: 0.5 },
  });
  const { graphql } = await startGateway({ POLL_INTERVAL_MS: '50' }, { sandbox });
  const image = 'https://images.example.com/1.jpg';
  const ids: string[] = [];
  for (let trackId = 1; trackId <= 10; trackId++) {
    const input = { initImage: image, targetImage: image, referenceImage: image, trackId };
    const { data } = await graphql(
      'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }',
      { input },
    );
    ids.push((data as { singleFaceSwap: { id: string } }).singleFaceSwap.id);
  }
  for (const id of ids) {
    const query = 'query ($id: ID!) { swapResult(id: $id) { status output } }';
    const read = async () => (await graphql(query, { id })).data?.['swapResult'];
    await expect.poll(read).toMatchObject({
      status: 'SUCCEEDED',
      output: [expect.not.stringContaining('foreign')],
    });
  }
  expect(sandbox.injected()['foreignTrackId']).toBeGreaterThan(0);
  await sandbox.close();
});
