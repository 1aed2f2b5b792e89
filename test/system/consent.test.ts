import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ConsentEvidence } from '../../src/swap/consent.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, readSwap, requestSwap, swapMutation } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

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

async function evidenceOf({ gateway }: TestGateway): Promise<ConsentEvidence[]> {
  const found: ConsentEvidence[] = [];
  for await (const each of gateway.exportConsents()) found.push(each);
  return found;
}

describe('evidence of consent', () => {
  test('says who confirmed what, when and for which inputs, and is kept after the swap is gone', async () => {
    const stub = await startStubModelsLab();
    stub.handle((call) => call.answer(200, answers.success(1)));
    const clock = createManualClock(Date.now());
    const dataDir = temporaryFolder();
    const env = {
      ...stub.env,
      DATA_DIR: dataDir,
      RESULT_TTL_MS: '60000',
      CONSENT_RETENTION_MS: '3600000',
      CONSENT_SECRET: 'the key of the hashes',
    };
    const gateway = await startGateway(env, { clock });
    const secretImage = 'https://images.example.com/private-face.jpg';
    const given = { consent: true, consentStatement: 'terms 2026-11' };
    const { id } = await requestSwap(
      gateway,
      { targetImage: secretImage, trackId: 7, ...given },
      { wait: 30 },
    );
    const canonical = JSON.stringify([
      'single',
      ['initImage', images.initImage],
      ['referenceImage', images.referenceImage],
      ['targetImage', secretImage],
      ['watermark', true],
    ]);
    const evidence = {
      swapId: id,
      client: 'local',
      at: clock.now(),
      statement: 'terms 2026-11',
      inputs: createHmac('sha256', 'the key of the hashes').update(canonical).digest('base64url'),
      keyId: expect.stringMatching(/^[0-9a-f]{8}$/),
      expiresAt: clock.now() + 3_600_000,
    };
    expect(await evidenceOf(gateway)).toEqual([evidence]);
    expect(JSON.stringify(await evidenceOf(gateway))).not.toContain('private-face');

    await clock.advance(180_000);
    expect(await readSwap(gateway, id)).toBeNull();
    expect(await evidenceOf(gateway)).toEqual([evidence]);
    await gateway.gateway.close();
    const next = await startGateway(env, { clock });
    expect(await evidenceOf(next)).toEqual([evidence]);
    await clock.advance(3_600_000);
    expect(await evidenceOf(next)).toEqual([]);
  });

  test('belongs to a swap once, also if only a later request for the same swap confirms consent', async () => {
    const stub = await startStubModelsLab();
    const gateway = await startGateway(stub.env);
    const { id } = await requestSwap(gateway);
    expect(await evidenceOf(gateway)).toEqual([]);
    for (const consentStatement of ['first', 'second'])
      expect(await requestSwap(gateway, { consent: true, consentStatement })).toMatchObject({ id });
    expect(await evidenceOf(gateway)).toMatchObject([{ swapId: id, statement: 'first' }]);
    const other = await requestSwap(gateway, { trackId: 1, consent: true });
    expect((await evidenceOf(gateway))[1]).not.toHaveProperty('statement');
    expect((await evidenceOf(gateway))[1]).toMatchObject({ swapId: other.id });
    expect(stub.submissions().length).toBeLessThanOrEqual(2);
  });

  test('never reaches ModelsLab, the record of the swap, or the log', async () => {
    const stub = await startStubModelsLab();
    stub.handle((call) => call.answer(200, answers.success(1)));
    const dataDir = temporaryFolder();
    const gateway = await startGateway({ ...stub.env, DATA_DIR: dataDir });
    const given = { consent: true, consentStatement: 'a statement to find' };
    await requestSwap(gateway, given, { wait: 30 });
    const { body } = await stub.submission();
    expect(JSON.stringify(body)).not.toContain('statement');
    expect(gateway.logs.text()).not.toContain('a statement to find');
    await gateway.gateway.close();
    const files = readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name), 'latin1'));
    expect(files.join('').split('a statement to find').length - 1).toBe(1);
  });

  test.each([
    [{ consent: true, consentStatement: '' }, 'must have at least 1 character'],
    [{ consent: true, consentStatement: 'x'.repeat(501) }, 'must have at most 500 characters'],
    [{ consentStatement: 'terms' }, 'requires consent: true'],
    [{ consent: false, consentStatement: 'terms' }, 'requires consent: true'],
  ])('is refused for %j', async (input, message) => {
    const gateway = await startGateway((await startStubModelsLab()).env);
    const { errors } = await gateway.graphql(swapMutation, { input: { ...images, ...input } });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.consentStatement', message }],
    });
    expect(await evidenceOf(gateway)).toEqual([]);
  });
});
