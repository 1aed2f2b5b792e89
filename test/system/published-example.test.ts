import { expect, test } from 'vitest';
import { startGateway } from '../../testing/start-gateway.js';
import { startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap, watchToEnd } from '../../testing/swap-client.js';

const picture =
  'https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/generations/964bd881-f141-4e8f-b240-b7f48132a998.jpg';
const images = {
  init_image: 'https://cdn.example.com/group.jpg',
  target_image: 'https://cdn.example.com/face.jpg',
  reference_image: 'https://cdn.example.com/which.jpg',
};
const publishedAnswer = {
  status: 'success',
  generationTime: 2.71,
  id: 118409305,
  output: [picture],
  proxy_links: [picture],
  meta: {
    ...images,
    seed: 2154158797,
    temp: 'no',
    file_prefix: '964bd881-f141-4e8f-b240-b7f48132a998',
    model_save_format: 'jpg',
    watermark: 'yes',
    watermark_image: null,
  },
};
const expectedResult = {
  status: 'SUCCEEDED',
  modelsLabId: '118409305',
  trackId: 4711,
  watermark: true,
  output: [picture],
  proxyLinks: [picture],
  generationTime: 2.71,
  meta: {
    seed: 2154158797,
    temporary: false,
    filePrefix: '964bd881-f141-4e8f-b240-b7f48132a998',
    modelSaveFormat: 'jpg',
    watermark: true,
    watermarkImage: null,
  },
  error: null,
  estimatedCompletionAt: null,
  queuePosition: null,
};

test('the published example passes through mutation, webhook, subscription and query with every field intact', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) =>
    call.answer(200, { status: 'processing', id: 118409305, eta: 60, output: [], meta: {} }),
  );
  const gateway = await startGateway(upstream.env);

  const requested = await requestSwap(gateway, {
    initImage: ` ${images.init_image}`,
    targetImage: images.target_image,
    referenceImage: images.reference_image,
    trackId: 4711,
  });
  expect(requested).toMatchObject({ status: 'QUEUED', initImage: images.init_image, output: [] });

  const { body } = await upstream.submission();
  expect(body).toEqual({
    key: upstream.env['MODELSLAB_API_KEY'],
    ...images,
    watermark: true,
    track_id: 4711,
    webhook: expect.stringMatching(
      new RegExp(`^${gateway.url}/webhooks/modelslab/${requested.id}\\.[\\w-]{43}$`),
    ),
  });

  const watched = watchToEnd(gateway, requested.id);
  expect(await upstream.sendWebhook({ ...publishedAnswer, track_id: 4711 })).toBe(200);
  const states = await watched;
  expect(states.at(-1)).toMatchObject(expectedResult);

  const byOwnId = await readSwap(gateway, requested.id);
  expect(byOwnId).toEqual(states.at(-1));
  expect(await readSwap(gateway, '118409305')).toEqual(byOwnId);
  expect(Date.parse(String(byOwnId?.['expiresAt'])) - Date.parse(String(byOwnId?.['completedAt']))).toBe(
    7 * 24 * 3_600_000,
  );
});

test('a submission that finishes immediately needs neither webhook nor poll', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, publishedAnswer));
  const gateway = await startGateway(upstream.env);

  const swap = await requestSwap(gateway, { trackId: 4711 }, { wait: 30 });

  expect(swap).toMatchObject(expectedResult);
  expect(upstream.calls).toHaveLength(1);
});
