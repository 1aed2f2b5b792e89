import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { SandboxFaults } from '../../sandbox/sandbox.js';
import type { GatewayOverrides } from '../../src/app/gateway-overrides.js';
import { systemClock } from '../../src/lib/clock.js';
import {
  give,
  type PictureAnswer,
  readArchive,
  startPictureHost,
  startPlainSandbox,
  swapWith,
} from '../../testing/archived-swap.js';
import { readMetrics } from '../../testing/metrics.js';
import { plainPicture, samplePicture } from '../../testing/pictures.js';
import { type S3Fault, s3Environment, startS3Server, unavailable } from '../../testing/s3-server.js';
import { startGateway as start, type TestGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

/** Without labels, so that copies have the bytes of their originals. */
const startGateway = (env: Record<string, string> = {}, overrides: GatewayOverrides = {}) =>
  start({ PROVENANCE: 'off', ...env }, overrides);

const jpeg = samplePicture('ada');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const read = async (url = ''): Promise<{ status: number; body: Buffer }> => {
  const response = await fetch(url);
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
};
const patience = { timeout: 20_000 };
const untilArchived = (gateway: TestGateway, id: string, state = 'STORED') =>
  expect.poll(async () => (await readArchive(gateway, id)).archiveState, patience).toBe(state);
const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
        statSync(join(folder, name)).isFile(),
      )
    : [];

/** A clock that tests set ahead; what sleeps until then does not wake earlier. */
const clockAhead = () => {
  const ahead = { ms: 0 };
  return { ahead, clock: { ...systemClock, now: () => Date.now() + ahead.ms } };
};

/** How a host of pictures fails at first. */
const hostFaults: [string, PictureAnswer][] = [
  ['is overloaded', (response) => void response.writeHead(503).end('busy')],
  ['does not have it yet', (response) => void response.writeHead(404).end()],
  ['hangs up', (_response, { socket }) => void socket.destroy()],
  [
    'hangs up halfway',
    (response, { socket }) => {
      response.writeHead(200, { 'content-length': jpeg.length });
      response.write(jpeg.subarray(0, 9000), () => socket.destroy());
    },
  ],
  [
    'sends half of it as if it were all',
    (response) => void response.writeHead(200).end(jpeg.subarray(0, 9000)),
  ],
  [
    'sends a page as a picture',
    (response) =>
      void response.writeHead(200, { 'content-type': 'image/jpeg' }).end('<!doctype html>'.repeat(99)),
  ],
  ['sends nothing', (response) => void response.writeHead(200, { 'content-type': 'image/jpeg' }).end()],
  [
    'sends a truncated PNG',
    async (response) => void response.writeHead(200).end((await plainPicture(300, 300)).subarray(0, 400)),
  ],
  [
    'sends a truncated WebP',
    async (response) =>
      void response.writeHead(200).end((await plainPicture(300, 300, 'webp')).subarray(0, 60)),
  ],
  ['redirects', (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
];

test.each(hostFaults)('a picture whose host %s at first is copied whole later', async (_what, fault) => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const gateway = await startGateway({}, { sandbox });
  let reads = 0;
  host.serve('/a.jpg', (response, request) => {
    reads += 1;
    if (reads <= 1) fault(response, request);
    else give(jpeg)(response, request);
  });
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  await untilArchived(gateway, id);
  expect((await readArchive(gateway, id)).files[0]?.sha256).toBe(sha256(jpeg));
  expect((await read(output[0])).body.equals(jpeg)).toBe(true);
  expect(gateway.logs.lines().filter(({ msg }) => /cannot archive/.test(String(msg)))).toMatchObject([
    { level: 'warn', swap: id },
  ]);
});

test.each([
  ['at a private address', 'http://10.0.0.7/a.jpg'],
  ['on an unusual port of another machine', 'https://files.example.com:8443/a.jpg'],
])('a picture %s is refused at once, and never asked for', async (_what, url) => {
  const sandbox = await startPlainSandbox();
  const gateway = await startGateway({}, { sandbox });
  const { id, output } = await swapWith(gateway, sandbox, [url]);
  await untilArchived(gateway, id, 'FAILED');
  expect((await read(output[0])).status).toBe(404);
});

test('a picture over the limit is given up, and the others of its swap are kept', async () => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const gateway = await startGateway({}, { sandbox });
  host.serve('/a.jpg', give(jpeg));
  host.serve('/huge.jpg', give(Buffer.concat([jpeg, Buffer.alloc(31 * 1024 * 1024)])));
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/huge.jpg`, `${host.url}/a.jpg`]);
  await untilArchived(gateway, id, 'FAILED');
  const { files } = await readArchive(gateway, id);
  expect(files.map(({ archivedAt }) => archivedAt === null)).toEqual([true, false]);
  host.close();
  expect((await read(output[1])).body.equals(jpeg)).toBe(true);
});

test('a picture that never comes is retried for 23 hours at growing intervals, and no less than ten times', async () => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const { ahead, clock } = clockAhead();
  const gateway = await startGateway({ DATA_DIR: temporaryFolder() }, { sandbox, clock });
  const { id } = await swapWith(gateway, sandbox, [`${host.url}/never.jpg`]);
  await expect.poll(() => host.reads['/never.jpg'], patience).toBe(2);
  expect((await readArchive(gateway, id)).archiveState).toBe('PENDING');
  ahead.ms = 22.9 * 3_600_000;
  await expect.poll(() => host.reads['/never.jpg'], patience).toBe(3);
  expect((await readArchive(gateway, id)).archiveState).toBe('PENDING');
  ahead.ms = 23.1 * 3_600_000;
  // Woken by another swap, since this clock does not wake what sleeps.
  host.serve('/a.jpg', give(jpeg));
  await expect
    .poll(async () => {
      ahead.ms += 3_600_000;
      await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
      return (await readArchive(gateway, id)).archiveState;
    }, patience)
    .toBe('FAILED');
  expect(host.reads['/never.jpg']).toBe(10);
  expect((await readMetrics(gateway)).value('archive_copies_total', { outcome: 'failed' })).toBe(1);
});

test('a host that has only half of a picture is believed after some attempts', async () => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const { ahead, clock } = clockAhead();
  const gateway = await startGateway({}, { sandbox, clock });
  const half = jpeg.subarray(0, 9000);
  host.serve('/half.jpg', give(half));
  host.serve('/a.jpg', give(jpeg));
  const { id } = await swapWith(gateway, sandbox, [`${host.url}/half.jpg`]);
  await expect
    .poll(async () => {
      ahead.ms += 60_000;
      await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
      return (await readArchive(gateway, id)).archiveState;
    }, patience)
    .toBe('STORED');
  expect(host.reads['/half.jpg']).toBe(5);
  expect((await readArchive(gateway, id)).files[0]?.bytes).toBe(half.length);
});

const bucketFaults: [string, S3Fault][] = [
  ['is overloaded', unavailable],
  [
    'hangs up',
    (request) => {
      request.socket.destroy();
      return true;
    },
  ],
  [
    'denies access',
    (request, response) => {
      request.resume();
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      return true;
    },
  ],
  [
    'sends a page',
    (request, response) => {
      request.resume();
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html>');
      return true;
    },
  ],
];

test.each(bucketFaults)(
  'while the bucket %s swaps succeed and files are readable; they are copied once it recovers',
  async (_what, fault) => {
    const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
    const s3 = await startS3Server();
    onTestFinished(s3.close);
    s3.misbehave(fault);
    host.serve('/a.jpg', give(jpeg));
    const gateway = await startGateway(s3Environment(s3), { sandbox });
    const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
    expect((await read(output[0])).body.equals(jpeg)).toBe(true);
    await expect
      .poll(
        async () => (await readMetrics(gateway)).value('archive_copies_total', { outcome: 'retry' }),
        patience,
      )
      .toBeGreaterThan(0);
    expect((await readArchive(gateway, id)).archiveState).toBe('PENDING');
    s3.misbehave(undefined);
    await untilArchived(gateway, id);
    host.close();
    expect((await read(output[0])).body.equals(jpeg)).toBe(true);
    s3.misbehave(fault);
    expect((await read(output[0])).status).toBe(503);
    expect(gateway.logs.text()).not.toContain(s3.url);
  },
);

test('a full or read-only disk delays copies, and nothing else', async () => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const dataDir = temporaryFolder();
  mkdirSync(dataDir, { recursive: true });
  const gateway = await startGateway({ DATA_DIR: dataDir }, { sandbox });
  host.serve('/a.jpg', give(jpeg));
  // Every folder of the archive is a file, so that nothing can be written.
  writeFileSync(join(dataDir, 'results'), 'in the way');
  const { id, status, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  expect(status).toBe('SUCCEEDED');
  await expect
    .poll(
      async () => (await readMetrics(gateway)).value('archive_copies_total', { outcome: 'retry' }),
      patience,
    )
    .toBeGreaterThan(0);
  expect((await read(output[0])).status).toBe(503);
  rmSync(join(dataDir, 'results'));
  await untilArchived(gateway, id);
  expect((await read(output[0])).body.equals(jpeg)).toBe(true);
});

test('a copy that has disappeared from the archive is replaced by what ModelsLab has', async () => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const dataDir = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR: dataDir }, { sandbox });
  host.serve('/a.jpg', give(jpeg));
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  await untilArchived(gateway, id);
  rmSync(join(dataDir, 'results'), { recursive: true });
  expect((await read(output[0])).body.equals(jpeg)).toBe(true);
  host.close();
  expect([404, 503]).toContain((await read(output[0])).status);
  expect(gateway.logs.text()).toContain('a file is missing from the archive');
});

test.each([0, 1000])('a copy of which only %i bytes are left counts as missing', async (bytes) => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const dataDir = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR: dataDir }, { sandbox });
  host.serve('/a.jpg', give(jpeg));
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  await untilArchived(gateway, id);
  for (const file of globSync(join(dataDir, 'results/*/*-0.jpg'))) truncateSync(file, bytes);
  expect((await read(output[0])).body.equals(jpeg)).toBe(true);
  const part = await fetch(String(output[0]), { headers: { range: 'bytes=2000-2999' } });
  expect(Buffer.from(await part.arrayBuffer()).equals(jpeg.subarray(2000, 3000))).toBe(true);
  expect(gateway.logs.text()).toContain('a file is missing from the archive, or damaged');
});

test.each<Partial<SandboxFaults>>([
  { pictureError: 1 },
  { pictureMissing: 1 },
  { pictureReset: 1 },
  { pictureTruncated: 1 },
  { pictureReplaced: 1 },
])('after the sandbox’s fault %o every picture is archived as it was made', async (fault) => {
  const sandbox = await startPlainSandbox();
  const gateway = await startGateway({}, { sandbox });
  sandbox.setFaults(fault);
  const [name = ''] = Object.keys(fault);
  const swaps = await Promise.all(
    [1, 2, 3, 4].map((trackId) => requestSwap(gateway, { trackId }, { wait: 20 })),
  );
  await expect.poll(() => sandbox.injected()[name], patience).toBeGreaterThanOrEqual(4);
  sandbox.setFaults({ [name]: 0 });
  for (const { id, output } of swaps) {
    await untilArchived(gateway, id);
    const { files } = await readArchive(gateway, id);
    const made = await read(files[0]?.sourceUrl);
    expect((await read(output[0])).body.equals(made.body)).toBe(true);
  }
});

test('a picture that trickles in is archived whole', async () => {
  const sandbox = await startPlainSandbox();
  const gateway = await startGateway({}, { sandbox });
  sandbox.setFaults({ pictureSlow: 1, slowBodyMs: [800, 900] });
  const { id } = await requestSwap(gateway, {}, { wait: 20 });
  await untilArchived(gateway, id);
});

test('when a swap expires its URL is gone at once, and its file with the next sweep', async () => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const dataDir = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR: dataDir, RESULT_TTL_MS: '3000' }, { sandbox });
  host.serve('/a.jpg', give(jpeg));
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  await untilArchived(gateway, id);
  expect(filesIn(join(dataDir, 'results'))).toHaveLength(1);
  await expect.poll(async () => (await read(output[0])).status, patience).toBe(404);
  await gateway.gateway.close();
  await startGateway({ DATA_DIR: dataDir }, { sandbox });
  await expect.poll(() => filesIn(join(dataDir, 'results')), patience).toEqual([]);
});

test('a sweep removes files that belong to no swap, and nothing else', async () => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const dataDir = temporaryFolder();
  const results = join(dataDir, 'results');
  const gateway = await startGateway({ DATA_DIR: dataDir }, { sandbox });
  host.serve('/a.jpg', give(jpeg));
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  await untilArchived(gateway, id);
  await gateway.gateway.close();
  const [own] = filesIn(results);
  const token = randomBytes(16).toString('hex');
  const orphan = join(token.slice(0, 2), `${token}-0.jpg`);
  mkdirSync(join(results, token.slice(0, 2)), { recursive: true });
  writeFileSync(join(results, orphan), 'orphan');
  mkdirSync(join(results, 'incoming'), { recursive: true });
  writeFileSync(join(results, 'incoming', 'left'), 'left by a killed process');
  writeFileSync(join(results, 'readme.txt'), 'not ours');
  const next = await startGateway({ DATA_DIR: dataDir }, { sandbox });
  await expect.poll(() => filesIn(results).sort(), patience).toEqual([own, 'readme.txt'].sort());
  expect((await read(output[0]?.replace(gateway.url, next.url))).body.equals(jpeg)).toBe(true);
});

test('many large results at once are copied a few at a time', async () => {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const gateway = await startGateway({ MODELSLAB_QUEUE_LIMIT: '15' }, { sandbox });
  const large = Buffer.concat([
    jpeg.subarray(0, -2),
    Buffer.alloc(8 * 1024 * 1024, 1),
    Buffer.from([0xff, 0xd9]),
  ]);
  let requests = 0;
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  host.serve('/large.jpg', (response, request) => {
    requests += 1;
    void released.then(() => give(large)(response, request));
  });
  const swaps = [];
  for (let n = 0; n < 15; n += 1) swaps.push(await swapWith(gateway, sandbox, [`${host.url}/large.jpg`]));
  await expect.poll(() => requests).toBe(4);
  // A fifth would have come with the fifth swap.
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  expect(requests).toBe(4);
  release();
  for (const { id } of swaps) await untilArchived(gateway, id);
});
