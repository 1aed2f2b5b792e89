import { expect, test } from 'vitest';
import { startGateway } from '../support/start-gateway.js';
import { answers, startStubModelsLab } from '../support/stub-modelslab.js';
import { requestSwap } from '../support/swap-client.js';

async function startPair() {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({
    ...upstream.env,
    PROCESSING_DEADLINE_MS: '300',
    POLL_INTERVAL_MS: '100',
  });
  return { upstream, gateway };
}

test('a question that gets no answer at the deadline is asked again, since the result may be there and was paid', async () => {
  const { upstream, gateway } = await startPair();
  const deadline = Date.now() + 300;
  upstream.handle((call) => {
    if (!call.path.includes('fetch')) call.answer(200, answers.processing(1, 0));
    else if (Date.now() < deadline + 150) call.reset();
    else call.answer(200, answers.success(1));
  });
  expect(await requestSwap(gateway, {}, { wait: 20 })).toMatchObject({ status: 'SUCCEEDED' });
});

test('but not for ever', async () => {
  const { upstream, gateway } = await startPair();
  upstream.handle((call) =>
    call.path.includes('fetch') ? call.reset() : call.answer(200, answers.processing(1, 0)),
  );
  expect(await requestSwap(gateway, {}, { wait: 20 })).toMatchObject({
    status: 'FAILED',
    error: { code: 'TIMED_OUT' },
  });
});
