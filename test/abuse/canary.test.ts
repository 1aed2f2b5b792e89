import { expect, test } from 'vitest';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway } from '../../testing/start-gateway.js';
import { type StubCall, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, swapFields, swapMutation, swapSubscription } from '../../testing/swap-client.js';

const apiKey = 'c4n4ry/key+"of"\\modelslab';
const webhookSecret = 'c4n4ry-webhook-secret-0123456789';
const metricsToken = 'c4n4ry-metrics-token-0123456789';

/** The parts of the request that an upstream may echo, and how. */
const echoes: Record<string, (call: StubCall, quoted: string) => void> = {
  'in an error': ({ answer }, quoted) => answer(200, { status: 'error', message: `bad request: ${quoted}` }),
  'in an error of another form': ({ answer }, quoted) =>
    answer(400, { status: 'failed', messege: quoted, error: [quoted] }),
  'in a rejection of the key': ({ answer }, quoted) =>
    answer(401, { status: 'error', message: `Invalid API Key ${quoted}` }),
  'as an HTML page': ({ answer }, quoted) => answer(502, `<html><pre>${quoted}</pre></html>`),
  'as a redirect URL': ({ answer }, quoted) =>
    answer(302, `Location: https://x.example.com/?${encodeURIComponent(quoted)}`),
  'in the result': ({ answer, body }, quoted) =>
    answer(200, {
      status: 'success',
      id: 7,
      generationTime: 1,
      output: [
        `https://files.example.com/${encodeURIComponent(String(body['key']))}.jpg`,
        String(body['webhook']),
      ],
      proxy_links: [String(body['webhook'])],
      meta: { file_prefix: quoted, watermark: quoted, [quoted]: quoted },
    }),
  'in the id': ({ answer }, quoted) => answer(200, { status: 'processing', id: quoted, eta: 1 }),
};

test.each(Object.entries(echoes))(
  'an upstream that echoes the request %s leaks no secret',
  async (_how, echo) => {
    const stub = await startStubModelsLab();
    stub.handle((call) => echo(call, JSON.stringify(call.body)));
    const gateway = await startGateway({
      ...stub.env,
      MODELSLAB_API_KEY: apiKey,
      WEBHOOK_SECRET: webhookSecret,
      METRICS_TOKEN: metricsToken,
      PROCESSING_DEADLINE_MS: '50',
      POLL_INTERVAL_MS: '10',
    });
    const seen: unknown[] = [];
    const answer = await gateway.graphql(swapMutation, { input: images, wait: 1 });
    seen.push(answer);
    const { id } = (answer.data as { singleFaceSwap: { id: string } }).singleFaceSwap;
    const { body } = await stub.submission();
    expect(body['key']).toBe(apiKey);

    const socket = await openSocket(gateway.url);
    await socket.init();
    socket.subscribe('1', swapSubscription, { id });
    seen.push(await socket.next());
    socket.subscribe('2', `subscription { swapUpdated(id: "${body['key'] === apiKey}") { ${swapFields} } }`);
    seen.push(await stub.sendWebhook({ status: 'error', id: 7, message: JSON.stringify(body) }));
    seen.push(await gateway.graphql('{ swaps { edges { node { id error { message } } } } }'));
    for (const path of [
      '/metrics',
      '/readyz',
      '/livez',
      '/nowhere',
      new URL(String(body['webhook'])).pathname,
    ]) {
      const headers = { authorization: `Bearer ${path === '/metrics' ? metricsToken : 'wrong'}` };
      const response = await fetch(`${gateway.url}${path}`, { headers });
      seen.push([...response.headers], await response.text());
    }
    await gateway.gateway.close();

    // Not empty, and read after the upstream's response, whose echo could have become a label.
    expect(JSON.stringify(seen)).toMatch(/modelslab_calls_total\{call=\\"submit\\",outcome=\\"\w+\\"\} 1/);
    const everything = `${JSON.stringify(seen)}\n${gateway.logs.text()}`;
    const token = String(body['webhook']).split('/').at(-1) ?? '';
    for (const secret of [apiKey, webhookSecret, metricsToken, token]) {
      for (const spelling of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
        expect(everything).not.toContain(spelling);
    }
    expect(everything).not.toContain('c4n4ry');
  },
);

test('a secret in any field of a log line is redacted', async () => {
  const { logs, gateway } = await startGateway({ MODELSLAB_API_KEY: apiKey });
  logs.log.error(
    { err: new Error(`fetch of ${apiKey} failed`), [apiKey]: { deep: [{ er: [apiKey] }] } },
    `no ${apiKey}`,
  );
  logs.log.error(
    { request: { headers: { authorization: 'Bearer c4n4ry', cookie: 'c4n4ry' }, token: 'c4n4ry' } },
    'x',
  );
  expect(logs.text()).not.toContain('c4n4ry');
  expect(logs.lines().length).toBeGreaterThan(1);
  await gateway.close();
});
