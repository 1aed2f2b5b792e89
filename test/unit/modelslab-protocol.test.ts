import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createModelsLabClient } from '../../src/modelslab/modelslab-client.js';

/** As in the first message of TLS, a list of names with their lengths before them. */
const protocolName = (name: string): string => String.fromCharCode(name.length) + name;

test('HTTP/2 is not offered to ModelsLab, since over it a paid request could be sent again without being asked', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createModelsLabClient({
    apiKey: 'key',
    baseUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  onTestFinished(async () => {
    await client.close();
    server.close();
  });
  const hello = once(server, 'connection').then(async ([socket]) => {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return bytes.toString('latin1');
  });
  const image = 'https://images.example.com/1.jpg';
  const submission = client.submit(
    { initImage: image, targetImage: image, referenceImage: image, watermark: true },
    'https://gateway.example.com/webhooks/modelslab/token',
  );
  const offered = await hello;
  expect(offered).not.toContain(protocolName('h2'));
  expect(offered).toContain(protocolName('http/1.1'));
  expect(await submission).toMatchObject({ kind: 'not-accepted' });
});
