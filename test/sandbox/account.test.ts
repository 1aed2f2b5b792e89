import { expect, it, onTestFinished } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.js';

const image = 'https://example.com/a.jpg';
const swap = { key: 'a-key', init_image: image, target_image: image, reference_image: image };

async function start() {
  const sandbox = await createSandbox({
    render: false,
    apiKey: 'a-key',
    faults: { latencyMs: [0, 0], generationMs: [60_000, 60_000], othersQueued: 2 },
  });
  onTestFinished(sandbox.close);
  const post = async (path: string, body: object) => {
    const response = await fetch(`${sandbox.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  };
  return {
    sandbox,
    submit: async () => (await post('/api/v6/deepfake/single_face_swap', swap)).status,
    count: (key = 'a-key') => post('/api/v6/processing/request_count', { key }),
    balance: (key = 'a-key') => post('/api/wallet_balance', { key }),
  };
}

it('charges each accepted submit, and answers 402 when the balance does not cover one', async () => {
  const { sandbox, submit, balance } = await start();
  sandbox.setAccount({ balance: 1, price: 0.5 });
  expect([await submit(), await submit(), await submit()]).toEqual([200, 200, 402]);
  expect((await balance()).body).toEqual({ status: 'success', data: { balance: 0, currency: 'USD' } });
  expect(sandbox.submissions()).toHaveLength(2);
  const response = await fetch(`${sandbox.url}/_sandbox/account`, {
    method: 'PUT',
    body: JSON.stringify({ balance: 0.5 }),
  });
  expect(await response.json()).toEqual({ balance: 0.5, price: 0.5, answers: 'documented' });
  expect(await submit()).toBe(200);
});

it('counts its own swaps and those of other programs, thirty times a minute', async () => {
  const { submit, count } = await start();
  await submit();
  expect(await count()).toEqual({ status: 200, body: { status: 'success', processing_count: 3 } });
  for (let n = 0; n < 29; n++) expect((await count()).status).toBe(200);
  expect((await count()).status).toBe(429);
});

it('tells nothing without the key', async () => {
  const { count, balance } = await start();
  for (const ask of [count, balance]) expect((await ask('wrong')).status).toBe(401);
});
