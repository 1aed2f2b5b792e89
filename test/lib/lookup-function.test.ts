import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { lookupFunction } from '../../src/lib/lookup-function.js';

const problem = new Error('a bug in the socket');
const loopback = async (): Promise<LookupAddress[]> => [{ address: '127.0.0.1', family: 4 }];
const nowhere = async (): Promise<LookupAddress[]> => {
  throw new Error('no such host');
};

/** Unhandled rejections during `work`, after enough turns of the event loop to report them. */
async function unhandledOf(work: () => Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listener);
  onTestFinished(() => void process.off('unhandledRejection', listener));
  await work();
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return unhandled;
}

test("an exception in a socket that receives its address becomes that socket's error", async () => {
  const unhandled = await unhandledOf(async () => {
    const socket = connect({ host: 'api.example.com', port: 9, lookup: lookupFunction(loopback) });
    socket.once('lookup', () => {
      throw problem;
    });
    expect(await once(socket, 'error')).toEqual([problem]);
  });
  expect(unhandled).toEqual([]);
});

test.each([
  ['its address', loopback, 2],
  ['an error', nowhere, 1],
])(
  'a callback that throws whenever it receives %s causes no unhandled rejection',
  async (_what, resolve, calls) => {
    let called = 0;
    const unhandled = await unhandledOf(
      () =>
        new Promise((done) => {
          lookupFunction(resolve)('api.example.com', { all: true }, () => {
            called += 1;
            done();
            throw problem;
          });
        }),
    );
    expect([called, unhandled]).toEqual([calls, []]);
  },
);
