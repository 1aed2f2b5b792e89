import type { Dispatcher } from 'undici';
import { Agent } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { DownloadTimeout, download } from '../../src/providers/download.js';
import { type ResultAnswer, startResultHost } from '../../testing/result-host.js';

const never = new AbortController().signal;
const part = Buffer.alloc(64 * 1024, 1);

/** A connection that the test plays. */
function playedConnection() {
  let handler: Dispatcher.DispatchHandler | undefined;
  const controller = {
    paused: false,
    aborted: false,
    reason: null as Error | null,
    pause() {
      controller.paused = true;
    },
    resume() {
      controller.paused = false;
    },
    abort(reason: Error) {
      controller.aborted = true;
      controller.reason = reason;
      handler?.onResponseError?.(controller, reason);
    },
  };
  const dispatcher = {
    dispatch(_options: unknown, given: Dispatcher.DispatchHandler) {
      handler = given;
      return true;
    },
  } as unknown as Dispatcher;
  return {
    dispatcher,
    controller,
    start: () => handler?.onRequestStart?.(controller, {}),
    head: () => handler?.onResponseStart?.(controller, 200, {}),
    data: (chunk: Buffer) => handler?.onResponseData?.(controller, chunk),
    end: () => handler?.onResponseEnd?.(controller, {}),
  };
}

async function downloadFrom(answer: ResultAnswer, timeoutMs = 20_000, signal = never) {
  const { url } = await startResultHost({ '/': answer });
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  return download(`${url}/`, { dispatcher, headers: {}, timeoutMs, signal });
}

test('a sender waits while its bytes are not taken', async () => {
  const connection = playedConnection();
  const { dispatcher, controller } = connection;
  const begun = download('http://host/', { dispatcher, headers: {}, timeoutMs: 20_000, signal: never });
  connection.start();
  connection.head();
  const chunks = (await begun).body[Symbol.asyncIterator]();
  for (let n = 0; n < 4; n++) connection.data(part);
  expect(controller.paused).toBe(false);
  connection.data(part);
  expect(controller.paused).toBe(true);
  await chunks.next();
  expect(controller.paused).toBe(false);
  connection.end();
  for (let n = 0; n < 4; n++) expect((await chunks.next()).value).toBe(part);
  expect((await chunks.next()).done).toBe(true);
});

test('a body of any size arrives whole', async () => {
  const whole = Buffer.alloc(5 * 1024 * 1024, 'face');
  const { body } = await downloadFrom((response) => void response.end(whole));
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(whole)).toBe(true);
});

test('a body that is cut off throws', async () => {
  const { body } = await downloadFrom((response) => {
    response.writeHead(200, { 'content-length': 2 * part.length });
    response.write(part, () => response.destroy());
  });
  await expect(async () => {
    for await (const _chunk of body);
  }).rejects.toThrow();
});

test('a body that does not end in time throws a DownloadTimeout', async () => {
  const { body } = await downloadFrom((response) => void response.write(part), 200);
  await expect(async () => {
    for await (const _chunk of body);
  }).rejects.toThrow(DownloadTimeout);
});

test.each(['before the request', 'before the response', 'during the body'])(
  'an abort %s ends it with the reason of the signal, and the connection',
  async (when) => {
    const connection = playedConnection();
    const { dispatcher, controller } = connection;
    const aborting = new AbortController();
    const reason = new Error('no longer needed');
    const options = { dispatcher, headers: {}, timeoutMs: 20_000, signal: aborting.signal };
    const begun = download('http://host/', options);
    if (when === 'before the request') aborting.abort(reason);
    connection.start();
    if (when === 'before the response') aborting.abort(reason);
    if (when !== 'during the body') {
      await expect(begun).rejects.toBe(reason);
    } else {
      connection.head();
      const next = (await begun).body[Symbol.asyncIterator]().next();
      aborting.abort(reason);
      await expect(next).rejects.toBe(reason);
    }
    expect(controller.reason).toBe(reason);
  },
);

test('leaving the loop over a body ends the connection', async () => {
  const connection = playedConnection();
  const { dispatcher, controller } = connection;
  const begun = download('http://host/', { dispatcher, headers: {}, timeoutMs: 20_000, signal: never });
  connection.start();
  connection.head();
  connection.data(part);
  for await (const _chunk of (await begun).body) break;
  expect(controller.aborted).toBe(true);
});
