import { getEventListeners } from 'node:events';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { createResultReader, type ResultReaderOptions } from '../../src/providers/result-reader.js';
import { samplePicture } from '../../testing/pictures.js';
import { type ResultAnswer, startResultHost } from '../../testing/result-host.js';

const jpeg = samplePicture('ada');
const never = new AbortController().signal;

async function readerOf(answer: ResultAnswer, options: Partial<ResultReaderOptions> = {}, path = '/') {
  const { url } = await startResultHost({ [path]: answer });
  const reader = createResultReader({ policy: { allowHttp: true, allowLoopback: true }, ...options });
  onTestFinished(reader.close);
  return (signal = never) => reader.read(url + path, signal);
}

test.each<[string, ResultAnswer]>([
  ['no response at all', () => undefined],
  ['headers only', (response) => response.writeHead(200).flushHeaders()],
  [
    'a byte at a time',
    (response) => {
      response.write(jpeg.subarray(0, 4));
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    },
  ],
])('a host that sends %s fails after the time limit', async (_what, answer) => {
  const read = await readerOf(answer, { timeoutMs: 300 });
  expect(await read()).toEqual({ kind: 'failed', reason: 'timeout' });
});

test('results share a memory budget until their readers finish', async () => {
  const read = await readerOf((response) => void response.end(jpeg), { maxHeldBytes: jpeg.length * 2 });
  const readers = [new AbortController(), new AbortController()];
  for (const reader of readers) expect((await read(reader.signal)).kind).toBe('picture');
  expect(await read()).toEqual({ kind: 'busy', reason: 'busy' });
  readers[0]?.abort();
  expect((await read()).kind).toBe('picture');
  expect(getEventListeners(readers[1]?.signal ?? never, 'abort').length).toBeLessThan(3);
});

test('a compressed result is not decompressed if its maximum size exceeds the budget', async () => {
  const bomb = gzipSync(Buffer.alloc(8_000_000), { level: 9 });
  const answer: ResultAnswer = (response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  const maxBytes = 10_000_000;
  const full = await readerOf(answer, { maxBytes, maxHeldBytes: maxBytes - 1 });
  expect(await full()).toEqual({ kind: 'busy', reason: 'busy' });
  const roomy = await readerOf(answer, { maxBytes, maxHeldBytes: maxBytes + bomb.length });
  for (let round = 0; round < 3; round += 1)
    expect(await roomy()).toEqual({ kind: 'failed', reason: 'not a picture' });
});

test('a decompressed result counts with its actual size', async () => {
  const gzipped = gzipSync(jpeg);
  const read = await readerOf(
    (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipped),
    { maxBytes: 2 * jpeg.length, maxHeldBytes: 5 * jpeg.length },
  );
  const readers = Array.from({ length: 3 }, () => new AbortController());
  for (const { signal } of readers) expect((await read(signal)).kind).toBe('picture');
  for (const reader of readers) reader.abort();
  for (let round = 0; round < 10; round += 1) {
    const reader = new AbortController();
    expect((await read(reader.signal)).kind).toBe('picture');
    reader.abort();
  }
});

test('an aborted fetch holds no memory and closes the connection', async () => {
  let hangUp: (() => void) | undefined;
  const isLetGo = new Promise<void>((resolve) => {
    hangUp = resolve;
  });
  const begun = Promise.withResolvers<void>();
  const read = await readerOf(
    (response) => {
      response.write(jpeg.subarray(0, 1000));
      response.on('close', () => hangUp?.());
      begun.resolve();
    },
    { maxHeldBytes: jpeg.length },
  );
  const reader = new AbortController();
  const reading = read(reader.signal);
  await begun.promise;
  reader.abort();
  expect((await reading).kind).toBe('failed');
  await isLetGo;
});

test.each([0, 9, 60_000, 300_000])('an unread body of %i bytes causes no error', async (bytes) => {
  const read = await readerOf((response) => void response.writeHead(404).end('x'.repeat(bytes)));
  // An error that a destroyed stream emits without a listener would fail the whole Vitest run.
  expect(await read()).toEqual({ kind: 'gone', reason: 'status 404' });
  expect(await read()).toEqual({ kind: 'gone', reason: 'status 404' });
});

test('a signed URL may be as long as the provider accepts', async () => {
  const path = `/1.jpg?signature=${'a'.repeat(8000)}`;
  const read = await readerOf((response) => void response.end(jpeg), {}, path);
  expect((await read()).kind).toBe('picture');
});
