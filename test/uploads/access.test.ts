import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { plainPicture } from '../../testing/pictures.js';
import { startGateway } from '../../testing/start-gateway.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { upload } from '../../testing/upload.js';

const hourMs = 3_600_000;

test('a caller without access to GraphQL cannot upload', async () => {
  const gateway = await startGateway({ GATEWAY_API_KEYS: keysFor('ada') });
  const bytes = await plainPicture(9, 9);
  const rejected = await upload(gateway, bytes);
  expect(rejected.status).toBe(401);
  expect(rejected.error?.extensions.code).toBe('UNAUTHENTICATED');
  expect((await upload(gateway, bytes, bearer('eve'))).status).toBe(401);
  const accepted = await upload(gateway, bytes, bearer('ada'));
  expect(accepted.status).toBe(201);
  // ModelsLab has no key.
  expect((await fetch(accepted.picture.url)).status).toBe(200);
});

test('a page of a foreign origin cannot upload on behalf of its visitor', async () => {
  const gateway = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
  const bytes = await plainPicture(9, 9);
  expect((await upload(gateway, bytes, { origin: 'https://evil.example.com' })).status).toBe(403);
  expect((await upload(gateway, bytes, { origin: 'https://app.example.com' })).status).toBe(201);
  expect((await upload(gateway, bytes, { origin: gateway.url })).status).toBe(201);
});

test('each client has its own quota, which frees up when its pictures expire', async () => {
  const clock = createManualClock(Date.now());
  const env = { GATEWAY_API_KEYS: keysFor('ada', 'ben'), MAX_UPLOADS_PER_CLIENT: '2' };
  const gateway = await startGateway(env, { clock });
  const bytes = await plainPicture(9, 9);
  await upload(gateway, bytes, bearer('ada'));
  await clock.advance(hourMs);
  await upload(gateway, bytes, bearer('ada'));
  const rejected = await upload(gateway, bytes, bearer('ada'));
  expect(rejected.status).toBe(429);
  expect(rejected.error?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfter: 23 * 3600 });
  expect(rejected.headers.get('retry-after')).toBe(String(23 * 3600));
  expect((await upload(gateway, bytes, bearer('ben'))).status).toBe(201);
  await clock.advance(23 * hourMs);
  expect((await upload(gateway, bytes, bearer('ada'))).status).toBe(201);
  expect((await upload(gateway, bytes, bearer('ada'))).status).toBe(429);
});

test('a rejected picture uses no quota', async () => {
  const gateway = await startGateway({ MAX_UPLOADS_PER_CLIENT: '1' });
  expect((await upload(gateway, 'no picture')).status).toBe(415);
  expect((await upload(gateway, await plainPicture(9, 9))).status).toBe(201);
});

test('the total of all clients is limited', async () => {
  const gateway = await startGateway({ MAX_UPLOADS: '1' });
  const bytes = await plainPicture(9, 9);
  expect((await upload(gateway, bytes)).status).toBe(201);
  expect((await upload(gateway, bytes)).status).toBe(503);
});

test('quota and pictures survive a restart', async () => {
  const env = { DATA_DIR: temporaryFolder(), MAX_UPLOADS_PER_CLIENT: '1' };
  const first = await startGateway(env);
  const bytes = await plainPicture(9, 9);
  const { picture } = await upload(first, bytes);
  await first.gateway.close();
  const second = await startGateway(env);
  expect((await fetch(`${second.url}${new URL(picture.url).pathname}`)).status).toBe(200);
  expect((await upload(second, bytes)).status).toBe(429);
});

test('a picture is deleted after a day, from disk too', async () => {
  const clock = createManualClock(Date.now());
  const DATA_DIR = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR }, { clock });
  const { picture } = await upload(gateway, await plainPicture(9, 9));
  expect(Date.parse(picture.expiresAt) - clock.now()).toBe(24 * hourMs);
  await clock.advance(24 * hourMs - 1);
  expect((await fetch(picture.url)).status).toBe(200);
  await clock.advance(1);
  expect((await fetch(picture.url)).status).toBe(404);
  await clock.advance(hourMs);
  await expect.poll(() => readdirSync(join(DATA_DIR, 'uploads'))).toEqual([]);
});

test('only stored pictures can be read', async () => {
  const DATA_DIR = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR });
  const { picture } = await upload(gateway, await plainPicture(9, 9));
  const id = picture.url.slice(-36, -4);
  writeFileSync(join(DATA_DIR, 'uploads', 'secret.jpg'), 'secret');
  const tries = [
    `${id}.json`,
    id,
    `${id}.JPG`,
    'secret.jpg',
    `${'0'.repeat(32)}.jpg`,
    '..%2f..%2fetc%2fpasswd',
    `..%2fuploads%2f${id}.jpg`,
    `%2e%2e/uploads/${id}.json`,
    '',
  ];
  for (const name of tries) expect((await fetch(`${gateway.url}/uploads/${name}`)).status, name).toBe(404);
});

test('the body must be a form with exactly one file', async () => {
  const gateway = await startGateway();
  const post = (body: FormData | string, headers = {}) =>
    fetch(`${gateway.url}/uploads`, { method: 'POST', body, headers });
  const empty = new FormData();
  empty.append('picture', 'no file');
  const two = new FormData();
  for (const name of ['one', 'two'])
    two.append(name, new Blob([new Uint8Array(await plainPicture(9, 9))]), name);
  expect((await post(empty)).status).toBe(400);
  expect([201, 400]).toContain((await post(two)).status);
  expect((await post('{}', { 'content-type': 'application/json' })).status).toBe(400);
  expect((await post('x', { 'content-type': 'multipart/form-data' })).status).toBe(400);
  expect((await post('x', { 'content-type': 'image/jpeg' })).status).toBe(415);
});

test('with MAX_UPLOADS_PER_CLIENT=off uploads are disabled', async () => {
  const DATA_DIR = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR, MAX_UPLOADS_PER_CLIENT: 'off' });
  const { data } = await gateway.graphql('{ gatewayStatus { uploadsAccepted } }');
  expect(data).toEqual({ gatewayStatus: { uploadsAccepted: false } });
  expect((await upload(gateway, await plainPicture(9, 9))).status).toBe(404);
  expect(existsSync(join(DATA_DIR, 'uploads'))).toBe(false);
});
