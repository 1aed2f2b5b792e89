import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, type StubModelsLab, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';

interface World {
  gateway: TestGateway;
  stub: StubModelsLab;
  id: string;
  /** The swap's webhook URL. */
  address: string;
}

async function prepare(): Promise<World> {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(1)));
  const gateway = await startGateway(stub.env);
  const { id } = await requestSwap(gateway);
  const { body } = await stub.submission();
  return { gateway, stub, id, address: String(body['webhook']) };
}

const post = (address: string, body: string, type = 'application/json'): Promise<Response> =>
  fetch(address, { method: 'POST', headers: { 'content-type': type }, body });

test('a wrong token gets the same response as an unknown route', async () => {
  const { gateway, id, address } = await prepare();
  const [, signature = ''] = address.split(`${id}.`);
  const nowhere = await (await fetch(`${gateway.url}/nowhere`)).text();
  const wrong = [
    '',
    id,
    `${id}.`,
    `${id}.${'A'.repeat(43)}`,
    `${id}.${signature.slice(0, -1)}`,
    `00000000-0000-4000-8000-000000000000.${signature}`,
    `${id}.${signature}/`,
    `../${id}.${signature}`,
    `${id}.${signature}%00`,
  ];
  for (const token of wrong) {
    const response = await post(
      `${gateway.url}/webhooks/modelslab/${token}`,
      JSON.stringify(answers.success(1)),
    );
    expect([token, response.status, await response.text()]).toEqual([token, 404, nowhere]);
  }
  expect((await readSwap(gateway, id))?.status).toBe('PROCESSING');
});

test('under the name of another provider, a valid token gets the response to an invalid one', async () => {
  const { gateway, id, address } = await prepare();
  const nowhere = await (await fetch(`${gateway.url}/nowhere`)).text();
  const token = address.split('/').at(-1) ?? '';
  const paths = ['other/', 'MODELSLAB/', 'modelslab.com/', 'modelslab/modelslab/', `${'x'.repeat(200)}/`, ''];
  for (const path of paths) {
    const response = await post(
      `${gateway.url}/webhooks/${path}${token}`,
      JSON.stringify(answers.success(1)),
    );
    expect([path, response.status, await response.text()]).toEqual([path, 404, nowhere]);
  }
  expect((await readSwap(gateway, id))?.status).toBe('PROCESSING');
});

test.each(['modelslab', 'other'])('a body without a valid token is not even read: %s', async (provider) => {
  const { gateway } = await prepare();
  const connection = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  onTestFinished(() => void connection.destroy());
  connection.write(
    `POST /webhooks/${provider}/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{`,
  );
  const [answer] = (await once(connection, 'data')) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 404 /);
});

test('a webhook of 10 MB is rejected and changes nothing', async () => {
  const { gateway, id, address } = await prepare();
  // A server may close a connection whose body it refuses to read; then there is no response.
  const answer = await post(address, JSON.stringify({ fill: 'x'.repeat(10_000_000) })).then(
    (response) => response.status,
    () => 413,
  );
  expect(answer).toBe(413);
  expect((await readSwap(gateway, id))?.status).toBe('PROCESSING');
});

test.each([
  { what: 'a form without a result', body: 'status=success', type: 'application/x-www-form-urlencoded' },
  { what: 'broken JSON', body: '{"status":"succ', type: 'application/json' },
  { what: 'a poisoned prototype', body: '{"__proto__":{"status":"success"}}', type: 'application/json' },
  { what: 'no media type', body: 'hello', type: ';;;' },
  { what: 'a broken multipart body', body: '--x', type: 'multipart/form-data' },
  { what: 'a million brackets', body: '['.repeat(1_000_000), type: 'application/json' },
])('a webhook of $what gets a response that causes no retry, and changes nothing', async (webhook) => {
  const { gateway, id, address } = await prepare();
  const { status } = await post(address, webhook.body, webhook.type);
  expect([200, 202, 503]).toContain(status);
  expect((await readSwap(gateway, id))?.status).toBe('PROCESSING');
});

test.each([
  'null',
  '[]',
  '7',
  '"success"',
  '{}',
  `{"status":"success","output":[${'"x",'.repeat(15_000)}"x"]}`,
])('a meaningless webhook changes nothing: %.40s', async (body) => {
  const { gateway, id, address } = await prepare();
  await post(address, body);
  expect((await readSwap(gateway, id))?.status).toBe('PROCESSING');
});
