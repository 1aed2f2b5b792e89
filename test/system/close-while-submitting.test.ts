import { expect, test } from 'vitest';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, watchToEnd } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

test('a response from ModelsLab that arrives during shutdown is kept for the next process', async () => {
  const upstream = await startStubModelsLab();
  const env = { ...upstream.env, DATA_DIR: temporaryFolder(), POLL_INTERVAL_MS: '50' };
  const first = await startGateway(env);
  const { id } = await requestSwap(first);
  const submission = await upstream.submission();
  const closed = first.gateway.close();
  await expect
    .poll(() =>
      fetch(`${first.url}/livez`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    .toBe(false);
  submission.answer(200, answers.processing(7, 0.05));
  await closed;

  upstream.handle((call) => call.answer(200, answers.success(7)));
  const next = await startGateway(env);
  expect((await watchToEnd(next, id)).at(-1)).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '7' });
  expect(upstream.submissions()).toHaveLength(1);
});
