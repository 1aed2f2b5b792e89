import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createS3Archive, type S3ArchiveOptions } from '../../src/archive/s3-archive.js';
import { readListing } from '../../src/archive/s3-listing.js';
import { type S3Server, startS3Server, unavailable } from '../../testing/s3-server.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { describeArchiveStore } from './archive-store.contract.js';

const never = new AbortController().signal;
const key = `${'ab'.repeat(16)}/0.jpg`;

async function startServer(): Promise<S3Server> {
  const server = await startS3Server();
  onTestFinished(server.close);
  return server;
}

function openArchive(server: S3Server, options: Partial<S3ArchiveOptions> = {}) {
  const archive = createS3Archive({
    endpoint: server.url,
    region: 'us-east-1',
    bucket: server.bucket,
    prefix: 'gateway/',
    accessKeyId: server.accessKeyId,
    secretAccessKey: server.secretAccessKey,
    pathStyle: true,
    timeoutMs: 2000,
    ...options,
  });
  onTestFinished(archive.close);
  return archive;
}

function fileOf(content: string) {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, contentType: 'image/jpeg', bytes: content.length, sha256 };
}

describeArchiveStore('an S3 server', async () => ({
  archive: openArchive(await startServer()),
  folder: temporaryFolder(),
}));

test('two archives with different prefixes in one bucket see only their own files', async () => {
  const server = await startServer();
  const [one, two] = [openArchive(server, { prefix: 'one/' }), openArchive(server, { prefix: 'two/' })];
  await one.put(key, fileOf('x'), never);
  expect(await two.open(key)).toBeUndefined();
  for await (const file of two.list()) expect(file).toBeUndefined();
});

test('a wrong secret, a missing bucket and an overloaded server are errors, never missing files', async () => {
  const server = await startServer();
  const wrong = openArchive(server, { secretAccessKey: 'a wrong secret' });
  await expect(wrong.open(key)).rejects.toThrow('403 SignatureDoesNotMatch');
  const elsewhere = openArchive(server, { bucket: 'elsewhere' });
  await expect(elsewhere.open(key)).rejects.toThrow('NoSuchBucket');
  await expect(elsewhere.list()[Symbol.asyncIterator]().next()).rejects.toThrow('NoSuchBucket');
  const archive = openArchive(server);
  server.misbehave(unavailable);
  await expect(archive.open(key)).rejects.toThrow('503 SlowDown');
  await expect(archive.put(key, fileOf('x'), never)).rejects.toThrow('503 SlowDown');
  await expect(archive.delete(key)).rejects.toThrow('503 SlowDown');
});

test('a server that hangs or hangs up is an error that names no URL and no secret', async () => {
  const server = await startServer();
  const archive = openArchive(server, { timeoutMs: 200 });
  server.misbehave(() => true);
  await expect(archive.open(key)).rejects.toThrow(/^the archive did not respond: \w+$/);
  server.misbehave((request) => {
    request.socket.destroy();
    return true;
  });
  await expect(archive.open(key)).rejects.toThrow(/^the archive did not respond: \w+$/);
});

test('the signature covers the hash of the body, so that the service can refuse a damaged one', async () => {
  const server = await startServer();
  const archive = openArchive(server);
  const file = fileOf('what was hashed');
  const seen: unknown[] = [];
  server.misbehave(({ method, headers }) => {
    if (method === 'PUT')
      seen.push(
        headers['x-amz-content-sha256'],
        /SignedHeaders=(\S+),/.exec(headers.authorization ?? '')?.[1],
      );
    return false;
  });
  await archive.put(key, file, never);
  expect(seen).toEqual([file.sha256, expect.stringContaining('x-amz-content-sha256')]);
});

test('a redirect is not followed: credentials go to the configured host only', async () => {
  const server = await startServer();
  const other = await startServer();
  const archive = openArchive(server);
  server.misbehave((_request, response) => {
    response.writeHead(307, { location: `${other.url}/results/x` }).end();
    return true;
  });
  await expect(archive.open(key)).rejects.toThrow('307');
  expect(other.requests).toEqual([]);
});

test('a presigned URL gives the file to whoever has it, a public one is made of its parts', async () => {
  const server = await startServer();
  const signed = openArchive(server, { direct: { kind: 'signed' } });
  await signed.put(key, fileOf('picture'), never);
  const url = (await signed.directUrl?.(key)) ?? '';
  const response = await fetch(url);
  expect([response.status, await response.text()]).toEqual([200, 'picture']);
  expect((await fetch(url.replace(/Signature=..../, 'Signature=0000'))).status).toBe(403);
  const open = openArchive(server, { direct: { kind: 'public', baseUrl: 'https://cdn.example.com' } });
  expect(await open.directUrl?.(key)).toBe(`https://cdn.example.com/gateway/${key}`);
  expect(openArchive(server).directUrl).toBeUndefined();
});

test('a prefix with several parts is no part of the keys', async () => {
  const server = await startServer();
  const archive = openArchive(server, { prefix: 'results.v1/a-b_c~/' });
  await archive.put(key, fileOf('x'), never);
  const stream = await archive.open(key);
  expect(stream && String(await buffer(stream))).toBe('x');
  const files = [];
  for await (const file of archive.list()) files.push(file);
  expect(files).toEqual([{ key, bytes: 1 }]);
});

test('a listing that is not one is an error, not an empty bucket', () => {
  for (const text of ['', '<html></html>', '<ListBucketResult><Contents>', '{}'])
    expect(() => readListing(text)).toThrow('something else');
  const page = `<?xml version="1.0"?><ListBucketResult xmlns="x"><IsTruncated>true</IsTruncated>`;
  expect(() => readListing(`${page}</ListBucketResult>`)).toThrow('token');
  expect(
    readListing(`${page}<NextContinuationToken>a&amp;b</NextContinuationToken></ListBucketResult>`).next,
  ).toBe('a&b');
});
