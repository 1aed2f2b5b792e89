import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { freePort } from '../../testing/free-port.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const older = 'the older secret of webhooks';
const newer = 'the newer secret of webhooks';

test('after a change of the secret, webhook URLs signed with the old one stay valid until it is removed', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(upstream.submissions().length, 600)));
  const env = { ...upstream.env, DATA_DIR: temporaryFolder(), PORT: String(await freePort()) };
  const before = await startGateway({ ...env, WEBHOOK_SECRET: older });
  const first = await requestSwap(before, { trackId: 1 });
  const second = await requestSwap(before, { trackId: 2 });
  await upstream.submission(1);
  await before.gateway.close();

  const during = await startGateway({ ...env, WEBHOOK_SECRET: `${newer},${older}` });
  const third = await requestSwap(during, { trackId: 3 });
  await upstream.submission(2);
  expect(await upstream.sendWebhook(answers.success(1), 0)).toBe(200);
  expect(await readSwap(during, first.id)).toMatchObject({ status: 'SUCCEEDED' });
  await during.gateway.close();

  const after = await startGateway({ ...env, WEBHOOK_SECRET: newer });
  expect(await upstream.sendWebhook(answers.success(2), 1)).toBe(404);
  expect(await upstream.sendWebhook(answers.success(3), 2)).toBe(200);
  expect(await readSwap(after, second.id)).toMatchObject({ status: 'PROCESSING' });
  expect(await readSwap(after, third.id)).toMatchObject({ status: 'SUCCEEDED' });
});

test('the URL that every version gave ModelsLab for a swap completes it', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const gateway = await startGateway({ ...upstream.env, WEBHOOK_SECRET: older });
  const { id } = await requestSwap(gateway);
  const signature = createHmac('sha256', older).update(id).digest('base64url');
  const url = `${gateway.url}/webhooks/modelslab/${id}.${signature}`;
  expect((await upstream.submission()).body['webhook']).toBe(url);
  const body = JSON.stringify(answers.success(1));
  expect((await fetch(url, { method: 'POST', body })).status).toBe(200);
  expect(await readSwap(gateway, id)).toMatchObject({ status: 'SUCCEEDED' });
});

test('a token is accepted only as it was issued, although other texts decode to the same bytes', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const gateway = await startGateway({ ...upstream.env, WEBHOOK_SECRET: `${newer},${older}` });
  const { id } = await requestSwap(gateway);
  const url = String((await upstream.submission()).body['webhook']);
  const body = JSON.stringify(answers.success(1));
  const post = async (to: string): Promise<number> => (await fetch(to, { method: 'POST', body })).status;
  const signature = url.slice(-43);
  const bytes = Buffer.from(signature, 'base64url');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const others = [...alphabet]
    .map((last) => signature.slice(0, -1) + last)
    .filter((other) => other !== signature && Buffer.from(other, 'base64url').equals(bytes));
  expect(others).toHaveLength(3);
  for (const other of others) expect(await post(url.replace(signature, other))).toBe(404);
  for (const padded of [`${url}=`, `${url}%3D`, `${url}%0A`, `${url}.`]) expect(await post(padded)).toBe(404);
  expect(await readSwap(gateway, id)).toMatchObject({ status: 'PROCESSING' });
  expect(await post(url)).toBe(200);
  expect(await readSwap(gateway, id)).toMatchObject({ status: 'SUCCEEDED' });
});
