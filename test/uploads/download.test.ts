import { expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';

const samples = ({ url }: { url: string }) => ({
  initImage: `${url}/samples/ada.jpg`,
  targetImage: `${url}/samples/bruno.jpg`,
  referenceImage: `${url}/samples/ada.jpg`,
});

test('a result is downloaded with a file name by the client that owns it, and by no one else', async () => {
  const gateway = await startGateway({ GATEWAY_API_KEYS: keysFor('ada', 'ben') });
  const { id, output } = await requestSwap(gateway, samples(gateway), { wait: 30, headers: bearer('ada') });
  const download = (headers: Record<string, string>) =>
    fetch(`${gateway.url}/swaps/${id}/download`, { headers });
  const saved = await download(bearer('ada'));
  expect(saved.headers.get('content-disposition')).toBe(`attachment; filename="swap-${id.slice(0, 8)}.jpg"`);
  const original = await fetch(output[0] ?? '');
  expect(Buffer.from(await saved.arrayBuffer())).toEqual(Buffer.from(await original.arrayBuffer()));
  expect((await download(bearer('ben'))).status).toBe(404);
  expect((await download({})).status).toBe(401);
});

test.each([
  ['on loopback', 'http://127.0.0.1:1/secret.jpg'],
  ['that is invalid', 'https://[nowhere/secret.jpg'],
  ['in a private network', 'https://10.0.0.7/secret.jpg'],
  ['whose host is a subdomain named localhost', 'https://localhost.example.invalid/secret.jpg'],
])('a result URL %s from ModelsLab is not fetched', async (_what, output) => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, { ...answers.success(1), output: [output], proxy_links: [] }));
  const gateway = await startGateway(stub.env);
  const { id } = await requestSwap(gateway, {}, { wait: 10 });
  expect((await fetch(`${gateway.url}/swaps/${id}/download`)).status).toBe(404);
});
