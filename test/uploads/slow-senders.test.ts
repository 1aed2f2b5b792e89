import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createBodySpool } from '../../src/uploads/body-spool.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { samplePicture } from '../../testing/pictures.js';
import { formEnd, formStart, openRawUpload } from '../../testing/raw-upload.js';
import { startGateway } from '../../testing/start-gateway.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { upload } from '../../testing/upload.js';

const ada = samplePicture('ada');
const megabyte = 1024 * 1024;
const incoming = (folder: string): string[] => {
  const path = join(folder, 'incoming');
  return existsSync(path) ? readdirSync(path) : [];
};

test.each([24, 100])("%i silent uploads of one client block no other client's", async (count) => {
  const gateway = await startGateway({ GATEWAY_API_KEYS: keysFor('mallory', 'ada') });
  const silent = await Promise.all(
    Array.from({ length: count }, () => openRawUpload(gateway, 9 * megabyte, bearer('mallory'))),
  );
  // So all of them have arrived: one more than a client may have at a time is rejected at once.
  const refused = await Promise.race(silent.map(({ status }) => status));
  expect(refused).toBe(429);
  for (let round = 0; round < 3; round++)
    expect((await upload(gateway, ada, bearer('ada'))).status).toBe(201);
  const statuses = await Promise.all(silent.map(({ status }) => status));
  expect(statuses.filter((status) => status === 408)).toHaveLength(6);
  expect(statuses.filter((status) => status === 429)).toHaveLength(count - 6);
  for (const { answer } of silent) expect(answer()).toMatch(/TOO_SLOW|retry-after: 1/);
});

test('silent uploads of many clients from one address leave slots for other addresses', async () => {
  const clients = Array.from({ length: 10 }, (_, index) => `mallory-${index}`);
  const gateway = await startGateway({
    GATEWAY_API_KEYS: keysFor('ada', ...clients),
    TRUST_PROXY: '127.0.0.1',
  });
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const silent = await Promise.all(
    clients.flatMap((client) =>
      Array.from({ length: 6 }, () =>
        openRawUpload(gateway, 9 * megabyte, { ...bearer(client), ...from('203.0.113.7') }),
      ),
    ),
  );
  expect(await Promise.race(silent.map(({ status }) => status))).toBe(429);
  expect((await upload(gateway, ada, { ...bearer('ada'), ...from('203.0.113.8') })).status).toBe(201);
  const statuses = await Promise.all(silent.map(({ status }) => status));
  expect(statuses.filter((status) => status === 408)).toHaveLength(24);
});

test.each<[string, Buffer | string]>([
  ['before the start of the file', formStart.slice(0, 20)],
  ['after its first bytes', Buffer.concat([Buffer.from(formStart), ada.subarray(0, 3000)])],
])('a sender that stalls %s gets 408, and nothing of its upload remains', async (_when, start) => {
  const DATA_DIR = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR });
  const { socket, status, closed, answer } = await openRawUpload(gateway, 9 * megabyte);
  socket.write(start);
  expect(await status).toBe(408);
  await closed;
  expect(answer()).toMatch(/connection: close/);
  await expect.poll(() => incoming(DATA_DIR)).toEqual([]);
});

test('a trickling sender is disconnected too', async () => {
  const gateway = await startGateway();
  const { socket, status } = await openRawUpload(gateway, 9 * megabyte);
  socket.write(formStart);
  socket.write(ada.subarray(0, 100));
  const timer = setInterval(() => socket.write(Buffer.alloc(100)), 50);
  expect(await status).toBe(408);
  clearInterval(timer);
});

test('a rejected upload leaves its connection usable for the next request', async () => {
  const gateway = await startGateway();
  const form = Buffer.concat([Buffer.from(`${formStart}not a picture${formEnd}`)]);
  const { socket, status, answer } = await openRawUpload(gateway, form.length);
  socket.write(form);
  expect(await status).toBe(415);
  socket.write(`GET /livez HTTP/1.1\r\nhost: ${new URL(gateway.url).host}\r\n\r\n`);
  await expect.poll(answer).toMatch(/HTTP\/1\.1 200 OK/);
});

test('a sender that disconnects midway leaves nothing behind and releases its slot', async () => {
  const DATA_DIR = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR });
  for (let round = 0; round < 8; round++) {
    const { socket } = await openRawUpload(gateway, 9 * megabyte);
    socket.write(Buffer.concat([Buffer.from(formStart), ada]));
    await expect.poll(() => incoming(DATA_DIR)).toHaveLength(1);
    socket.resetAndDestroy();
    await expect.poll(() => incoming(DATA_DIR)).toEqual([]);
  }
  expect((await upload(gateway, ada)).status).toBe(201);
});

test('bodies share a byte budget, and a body that does not fit is rejected and leaves nothing behind', async () => {
  const folder = join(temporaryFolder(), 'incoming');
  const spool = createBodySpool({ folder, maxBytes: 100_000, isShared: false });
  const body = (bytes: number) => Readable.from([Buffer.alloc(bytes / 2, 1), Buffer.alloc(bytes / 2, 2)]);
  const first = await spool.receive(body(80_000), () => undefined);
  await expect(spool.receive(body(40_000), () => undefined)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(readdirSync(folder)).toHaveLength(1);
  await first.dispose();
  await first.dispose();
  expect(readdirSync(folder)).toEqual([]);
  await (await spool.receive(body(100_000), () => undefined)).dispose();
});

test('leftovers of a killed process are removed at startup; in a shared folder, only old ones', async () => {
  const folder = temporaryFolder();
  const leave = (): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'left'), 'x');
  };
  leave();
  await createBodySpool({ folder, maxBytes: 1, isShared: true }).clean(Date.now());
  expect(readdirSync(folder)).toEqual(['left']);
  await createBodySpool({ folder, maxBytes: 1, isShared: true }).clean(Date.now() + 2 * 3_600_000);
  expect(readdirSync(folder)).toEqual([]);
  leave();
  const spool = createBodySpool({ folder, maxBytes: 1, isShared: false });
  await spool.clean(Date.now());
  expect(existsSync(folder)).toBe(false);
  leave();
  await spool.clean(Date.now());
  expect(readdirSync(folder)).toEqual(['left']);
});

test('a disk that cannot be written makes uploads unavailable, and the log says why', async () => {
  const DATA_DIR = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR, MAX_UPLOADS_PER_CLIENT: '1' });
  // A file instead of the folder.
  writeFileSync(join(DATA_DIR, 'incoming'), 'x');
  const rejected = await upload(gateway, ada);
  expect([rejected.status, rejected.error?.extensions.code]).toEqual([503, 'UNAVAILABLE']);
  expect(gateway.logs.text()).toContain('failed to write an upload to disk');
  rmSync(join(DATA_DIR, 'incoming'));
  // Without its folder the picture cannot be stored; only the disk is to blame.
  writeFileSync(join(DATA_DIR, 'uploads'), 'x');
  expect((await upload(gateway, ada)).status).toBeGreaterThanOrEqual(500);
  rmSync(join(DATA_DIR, 'uploads'));
  expect((await upload(gateway, ada)).status).toBe(201);
});
