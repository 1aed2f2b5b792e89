import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { createModelsLabClient } from '../../src/providers/modelslab/client.js';

import { localhostCertificate } from '../../testing/localhost-certificate.js';

const image = 'https://images.example.com/1.jpg';
const request = { initImage: image, targetImage: image, referenceImage: image, watermark: true };
const webhook = 'https://gateway.example.com/webhooks/modelslab/token';
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** As in TLS' ClientHello: a list of names with their length before each. */
const protocolName = (name: string): string => String.fromCharCode(name.length) + name;

test('HTTP/2 is not offered to ModelsLab, since undici could silently resend a paid request over it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createModelsLabClient({
    apiKey: 'key',
    baseUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
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
  const submission = client.submit(request, webhook);
  const offered = await hello;
  expect(offered).not.toContain(protocolName('h2'));
  expect(offered).toContain(protocolName('http/1.1'));
  expect(await submission).toMatchObject({ kind: 'not-accepted' });
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'over %s each paid POST uses a new connection, which resumes the TLS session of an earlier one',
  async (version) => {
    const trusted = getCACertificates();
    setDefaultCACertificates([...trusted, localhostCertificate.cert]);
    const connections: { isReused: boolean }[] = [];
    const options = { ...localhostCertificate, minVersion: version, maxVersion: version };
    const server = createHttpsServer(options, (incoming, response) => {
      incoming.resume().on('end', () => response.end('{"status":"processing","id":5}'));
    });
    server.on('secureConnection', (socket: TLSSocket) =>
      connections.push({ isReused: socket.isSessionReused() }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = createModelsLabClient({
      apiKey: 'key',
      baseUrl: `https://localhost:${(server.address() as AddressInfo).port}`,
      log,
      lookup: (_host, { all }, done) =>
        all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
    });
    onTestFinished(async () => {
      await client.close();
      server.close();
      setDefaultCACertificates(trusted);
    });
    for (let n = 0; n < 3; n++) {
      expect(await client.submit(request, webhook)).toEqual({ kind: 'processing', modelsLabId: '5' });
    }
    expect(connections).toEqual([{ isReused: false }, { isReused: true }, { isReused: true }]);
  },
);
