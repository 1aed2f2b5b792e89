import type { LookupAddress } from 'node:dns';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type CachingLookupOptions, createCachingLookup } from '../../src/lib/caching-lookup.js';
import { createHostResolver } from '../../src/lib/host-resolver.js';
import { startDnsServer } from '../../testing/dns-server.js';

const host = 'api.example.com';

/** The cache with a real DNS server, whose behavior the test controls, and a manual clock. */
async function setUp(options: CachingLookupOptions = {}) {
  const state = { time: 0, answer: (): Promise<string[]> | string[] | undefined => ['93.184.216.34'] };
  const dns = await startDnsServer(({ type }) => (type === 'A' ? state.answer() : []));
  const resolver = createHostResolver({ servers: [dns.address], timeoutMs: 2000 });
  const lookup = promisify(
    createCachingLookup({
      resolve: resolver.resolve,
      ttlMs: 1000,
      slowMs: 100,
      now: () => state.time,
      ...options,
    }),
  );
  const find = async (): Promise<string[]> => {
    const found = (await lookup(host, { all: true })) as unknown as LookupAddress[];
    return found.map(({ address }) => address);
  };
  const asked = (): number => dns.questions.filter(({ type }) => type === 'A').length;
  return { state, find, asked };
}

test('concurrent lookups of a host are coalesced, and the result is used until it is stale', async () => {
  const { state, find, asked } = await setUp();
  expect(await Promise.all([find(), find(), find()])).toEqual(Array(3).fill(['93.184.216.34']));
  state.time = 999;
  await find();
  expect(asked()).toBe(1);
  state.time = 1000;
  state.answer = () => ['93.184.216.35'];
  expect(await find()).toEqual(['93.184.216.35']);
  expect(asked()).toBe(2);
});

test('while DNS fails the last good result is used, without a lookup per connection', async () => {
  const { state, find, asked } = await setUp();
  await find();
  state.time = 5000;
  state.answer = () => [];
  for (let count = 0; count < 5; count += 1) expect(await find()).toEqual(['93.184.216.34']);
  expect(asked()).toBe(2);
  state.time = 10_000;
  state.answer = () => ['93.184.216.35'];
  expect(await find()).toEqual(['93.184.216.35']);
});

test('while DNS does not respond the last good result is used, then the late one', async () => {
  const { state, find } = await setUp();
  await find();
  state.time = 5000;
  let arrive: (addresses: string[]) => void = () => undefined;
  state.answer = () =>
    new Promise((resolve) => {
      arrive = resolve;
    });
  expect(await find()).toEqual(['93.184.216.34']);
  state.time = 5500;
  expect(await find()).toEqual(['93.184.216.34']);
  arrive(['93.184.216.35']);
  await expect.poll(find).toEqual(['93.184.216.35']);
});

test('an expired result is not used when a lookup fails', async () => {
  const { state, find } = await setUp({ maxStaleMs: 10_000 });
  await find();
  state.time = 10_000;
  state.answer = () => [];
  await expect(find()).rejects.toMatchObject({ code: 'ENODATA' });
});

test('a host that was never resolved fails with the DNS error', async () => {
  const { state, find } = await setUp();
  state.answer = () => [];
  await expect(find()).rejects.toMatchObject({ code: 'ENODATA' });
});

test('returns only addresses of the requested family', async () => {
  const lookup = promisify(
    createCachingLookup({
      resolve: async () => [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ],
    }),
  );
  expect(await lookup(host, { family: 4 })).toBe('127.0.0.1');
  expect(await lookup(host, { family: 6, all: true })).toEqual([{ address: '::1', family: 6 }]);
});
