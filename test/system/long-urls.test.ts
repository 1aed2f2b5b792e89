import { expect, test } from 'vitest';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, swapQuery, watchToEnd } from '../../testing/swap-client.js';

const redis = redisForTests();
const maxLength = 4096;
/** A presigned URL of this length, each with its own session token. */
function presigned(name: string, length = maxLength): string {
  const start = `https://bucket.s3.amazonaws.com/${name}.jpg?X-Amz-Expires=900&X-Amz-Security-Token=`;
  return start + name.repeat(length).slice(0, length - start.length);
}
const longImages = {
  initImage: presigned('init'),
  targetImage: presigned('target'),
  referenceImage: presigned('reference'),
};

test.each([
  ['the embedded store', () => ({})],
  ['Redis', () => sharedEnv(redis)],
] as [string, () => Record<string, string>][])(
  'presigned URLs of 4,096 characters are submitted, stored, listed and returned unchanged, and are in no log line, with %s',
  async (_name, env) => {
    const upstream = await startStubModelsLab();
    upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
    const gateway = await startGateway({ ...upstream.env, ...env(), LOG_LEVEL: 'debug' });
    const { id } = await requestSwap(gateway, { ...longImages, idempotencyKey: 'one' });
    const { body } = await upstream.submission();
    expect(body).toMatchObject({
      init_image: longImages.initImage,
      target_image: longImages.targetImage,
      reference_image: longImages.referenceImage,
    });
    const ended = watchToEnd(gateway, id);
    expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
    expect((await ended).at(-1)).toMatchObject({ status: 'SUCCEEDED', ...longImages });
    expect((await gateway.graphql(swapQuery, { id })).data).toMatchObject({ swapResult: longImages });
    const { data } = await gateway.graphql(
      '{ swaps(status: SUCCEEDED) { nodes { initImage targetImage referenceImage } } }',
    );
    expect(data).toEqual({ swaps: { nodes: [longImages] } });
    // A repeated request is still the same swap.
    expect((await requestSwap(gateway, { ...longImages, idempotencyKey: 'one' })).id).toBe(id);
    expect(gateway.logs.text()).not.toContain('initinit');
    expect(gateway.logs.text()).not.toContain('targettarget');
  },
);

test('a longer URL is rejected, with the limit and the field', async () => {
  const gateway = await startGateway();
  const query = 'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }';
  const input = { ...longImages, targetImage: presigned('target', maxLength + 1) };
  const { errors } = await gateway.graphql(query, { input });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'input.targetImage', message: 'must have at most 4096 characters' }],
  });
});

test('the sandbox takes them, too', async () => {
  const gateway = await startGateway();
  const swap = await requestSwap(gateway, longImages, { wait: 20 });
  // It cannot fetch them, but it has accepted the request.
  expect(swap.error?.code).toBe('IMAGE_UNREADABLE');
});
