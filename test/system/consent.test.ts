import { expect, test } from 'vitest';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, requestSwap, swapMutation } from '../../testing/swap-client.js';

test('with REQUIRE_CONSENT=on a swap is accepted only with consent', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.success(1)));
  const gateway = await startGateway({ ...stub.env, REQUIRE_CONSENT: 'on' });
  for (const consent of [undefined, null, false]) {
    const { errors } = await gateway.graphql(swapMutation, { input: { ...images, consent } });
    expect(errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.extensions['fields']).toMatchObject([{ path: 'input.consent' }]);
  }
  expect((await requestSwap(gateway, { consent: true })).status).toBe('QUEUED');
  const { data } = await gateway.graphql('{ gatewayStatus { consentRequired } }');
  expect(data).toEqual({ gatewayStatus: { consentRequired: true } });
});

test('consent does not affect whether two requests are identical, and is not sent to ModelsLab', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway(stub.env);
  const first = await requestSwap(gateway);
  const second = await requestSwap(gateway, { consent: true });
  expect(second.id).toBe(first.id);
  const { body, answer } = await stub.submission();
  answer(200, answers.success(1));
  expect(Object.keys(body)).not.toContain('consent');
});
