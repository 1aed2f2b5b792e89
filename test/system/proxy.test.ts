import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { give, startPictureHost } from '../../testing/archived-swap.js';
import { startConnectProxy } from '../../testing/connect-proxy.js';
import { startDnsServer } from '../../testing/dns-server.js';
import { eraseSwap } from '../../testing/erasure.js';
import { freePort } from '../../testing/free-port.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { startOtlpReceiver } from '../../testing/otlp-receiver.js';
import { plainPicture, samplePicture } from '../../testing/pictures.js';
import { expectPrivate } from '../../testing/private-urls.js';
import { s3Environment, startS3Server } from '../../testing/s3-server.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';

const portOf = (url: string): number => Number(new URL(url).port);
/** A public address that only the proxy of the test connects to anything. */
const pictureHost = '93.184.216.34';
const hookAddress = '93.184.216.35';
const password = 'c4n4ry-password';
const modelsLab = { MODELSLAB_BASE_URL: 'http://modelslab.example.com/api/v6/deepfake' };

test('everything that the gateway sends goes through the proxy', async () => {
  const [stub, host, s3, issuer, receiver] = await Promise.all([
    startStubModelsLab(),
    startPictureHost(),
    startS3Server(),
    startTokenIssuer(),
    startOtlpReceiver(),
  ]);
  onTestFinished(s3.close);
  const input = await plainPicture(128, 128, 'jpeg');
  for (const name of ['1', '2', '3']) host.serve(`/${name}.jpg`, give(input));
  host.serve('/result.jpg', give(samplePicture('ada')));
  stub.handle((call) => {
    if (call.path.endsWith('/single_face_swap')) call.answer(200, answers.processing(5, 1));
    else if (call.path.includes('/fetch/'))
      call.answer(200, { ...answers.success(5), output: [`http://${pictureHost}/result.jpg`] });
    else call.answer(200, { status: 'success' });
  });
  const dns = await startDnsServer(({ type }) => (type === 'A' ? [hookAddress] : []));
  const proxy = await startConnectProxy(
    {
      'modelslab.example.com:80': portOf(stub.env.MODELSLAB_BASE_URL),
      [`${pictureHost}:80`]: portOf(host.url),
      's3.amazonaws.com:80': portOf(s3.url),
      'issuer.example.com:80': portOf(issuer.env['AUTH_JWKS_URL'] ?? ''),
      'otlp.example.com:80': portOf(receiver.env.OTEL_EXPORTER_OTLP_ENDPOINT),
    },
    { credentials: `gateway:${password}` },
  );
  const gateway = await startGateway({
    ...stub.env,
    ...modelsLab,
    ...issuer.env,
    AUTH_JWKS_URL: 'http://issuer.example.com/jwks',
    ...s3Environment(s3),
    ARCHIVE_S3_ENDPOINT: 'http://s3.amazonaws.com',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otlp.example.com',
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
    WEBHOOK_DNS_SERVERS: dns.address,
    ALLOW_HTTP_IMAGES: 'on',
    MODELSLAB_IMAGES: 'base64',
    CHECK_INPUTS: 'on',
    POLL_INTERVAL_MS: '20',
    LOG_LEVEL: 'trace',
  });
  const headers = { authorization: `Bearer ${await issuer.token()}` };
  const picture = (name: string): string => `http://${pictureHost}/${name}.jpg`;
  const swap = await requestSwap(
    gateway,
    {
      initImage: picture('1'),
      targetImage: picture('2'),
      referenceImage: picture('3'),
      webhook: 'https://hooks.example.com/hook',
    },
    { wait: 20, headers },
  );
  expect(swap.status).toBe('SUCCEEDED');
  const messages = () => gateway.logs.lines().map(({ msg }) => msg);
  await expect
    .poll(messages)
    .toEqual(expect.arrayContaining(['archived the result of a swap', 'client webhook failed; will retry']));
  await eraseSwap(gateway, swap.id, headers);
  await expect.poll(messages).toContain('erased a swap');
  await receiver.span(({ name }) => name === 'archive.put');
  await gateway.gateway.close();

  // The host of the webhook is resolved by the gateway; the proxy, which refuses it, gets its address.
  expect([...new Set(proxy.connects.map(({ authority }) => authority))].sort()).toEqual(
    [
      `${pictureHost}:80`,
      `${hookAddress}:443`,
      'issuer.example.com:80',
      'modelslab.example.com:80',
      'otlp.example.com:80',
      's3.amazonaws.com:80',
    ].sort(),
  );
  expect(stub.calls.map(({ path }) => path.replace(/\d+$/, ''))).toEqual(
    expect.arrayContaining([
      '/api/v6/deepfake/single_face_swap',
      '/api/v6/deepfake/fetch/',
      '/api/v3/delete_image',
    ]),
  );
  expect(host.reads).toMatchObject({ '/result.jpg': 1, '/1.jpg': 2 });
  const failed = gateway.logs.lines().find(({ msg }) => msg === 'client webhook failed; will retry');
  expect(failed?.['reason']).toBe('the proxy did not connect: HTTP 502');
  // The credentials go to the proxy, and nowhere else.
  const authorization = `Basic ${Buffer.from(`gateway:${password}`).toString('base64')}`;
  expect(new Set(proxy.connects.map((connect) => connect.authorization))).toEqual(new Set([authorization]));
  const seen: IncomingHttpHeaders[] = [
    ...stub.calls.map(({ response }) => response.req.headers),
    ...receiver.headers,
  ];
  for (const received of seen) {
    expect(received).not.toHaveProperty('proxy-authorization');
    expect(JSON.stringify(received)).not.toContain(password);
  }
  expect(proxy.others()).toBe(0);
  expectPrivate(gateway.logs.text(), password, authorization.slice(6));
});

test('a proxy that cannot be reached leaves swaps in the queue, and each is submitted once when it is back', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.success(1)));
  const port = await freePort();
  const HTTP_PROXY = `http://gateway:${password}@127.0.0.1:${port}`;
  const gateway = await startGateway({ ...stub.env, ...modelsLab, HTTP_PROXY });
  const { id } = await requestSwap(gateway);
  const reasons = () =>
    gateway.logs.lines().filter(({ msg }) => msg === 'no response from ModelsLab') as {
      reason: string;
      wasSent: boolean;
      swap: string;
    }[];
  await expect.poll(() => reasons().length).toBeGreaterThan(0);
  expect(reasons()[0]).toMatchObject({
    swap: id,
    wasSent: false,
    reason: expect.stringContaining('the proxy did not connect: ECONNREFUSED'),
  });
  expect((await readSwap(gateway, id))?.status).toBe('QUEUED');

  const proxy = await startConnectProxy(
    { 'modelslab.example.com:80': portOf(stub.env.MODELSLAB_BASE_URL) },
    { port },
  );
  proxy.refuse(407);
  await expect
    .poll(() => reasons().some(({ reason }) => reason.includes('HTTP 407')), { timeout: 15_000 })
    .toBe(true);
  expect((await readSwap(gateway, id))?.status).toBe('QUEUED');
  proxy.refuse(undefined);
  await expect.poll(async () => (await readSwap(gateway, id))?.status, { timeout: 20_000 }).toBe('SUCCEEDED');
  expect(stub.submissions()).toHaveLength(1);
  expectPrivate(gateway.logs.text(), password);
});

test('a proxy that breaks the connection during a submission leaves its outcome unknown', async () => {
  const stub = await startStubModelsLab();
  const proxy = await startConnectProxy({
    'modelslab.example.com:80': portOf(stub.env.MODELSLAB_BASE_URL),
  });
  const gateway = await startGateway({
    ...stub.env,
    ...modelsLab,
    HTTP_PROXY: proxy.url,
    PROCESSING_DEADLINE_MS: '300',
  });
  const { id } = await requestSwap(gateway);
  (await stub.submission()).reset();
  await expect.poll(async () => (await readSwap(gateway, id))?.error?.code).toBe('SUBMISSION_UNKNOWN');
  expect(stub.submissions()).toHaveLength(1);
});

test('NO_PROXY exempts hosts, and the lower-case variables take precedence', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.success(1)));
  const [used, unused] = [
    await startConnectProxy({ 'modelslab.example.com:80': portOf(stub.env.MODELSLAB_BASE_URL) }),
    await startConnectProxy({}),
  ];
  const env = { ...stub.env, ...modelsLab, HTTP_PROXY: unused.url, http_proxy: used.url };
  const gateway = await startGateway({ ...env, no_proxy: '', NO_PROXY: '.example.net' });
  expect((await requestSwap(gateway, {}, { wait: 20 })).status).toBe('SUCCEEDED');
  expect(used.connects.map(({ authority }) => authority)).toContain('modelslab.example.com:80');

  // Directly, the name does not exist, so nothing is submitted.
  const before = used.connects.length;
  const exempt = await startGateway({ ...env, NO_PROXY: 'example.com' });
  const { id } = await requestSwap(exempt);
  await expect.poll(() => exempt.logs.text()).toContain('no response from ModelsLab');
  expect((await readSwap(exempt, id))?.status).toBe('QUEUED');
  expect(used.connects).toHaveLength(before);
  expect(unused.connects).toEqual([]);
  expect(stub.submissions()).toHaveLength(1);
});

test('the sandbox and its webhooks stay on this machine', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const proxy = await startConnectProxy({});
  const { port } = server.address() as AddressInfo;
  const gateway = await startGatewayProcess({
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    DATA_DIR: temporaryFolder(),
  });
  const samples = (await gateway.graphql('{ samples { url } }')).data?.['samples'] as { url: string }[];
  const [initImage, targetImage, referenceImage] = samples.map(({ url }) => url);
  const swap = await requestSwap(gateway, { initImage, targetImage, referenceImage }, { wait: 30 });
  expect(swap.status).toBe('SUCCEEDED');
  expect(proxy.connects).toEqual([]);
});

test.each(['ftp://proxy.example.com', 'proxy.example.com:3128', 'http://proxy.example.com/path', 'nonsense'])(
  'the proxy %s is refused at start',
  async (HTTPS_PROXY) => {
    await expect(startGateway({ HTTPS_PROXY })).rejects.toThrow('HTTPS_PROXY');
  },
);
