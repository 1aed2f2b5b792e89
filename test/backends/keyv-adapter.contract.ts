import { Keyv, type KeyvStorageAdapter } from 'keyv';
import { describe, expect, test } from 'vitest';

/** An adapter on a new, empty store; each call returns another one on the same store. */
export type OpenAdapters = () => Promise<() => KeyvStorageAdapter>;

interface Case {
  name: string;
  run(open: () => KeyvStorageAdapter): Promise<void>;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const soon = (): number => Date.now() + 60_000;
const past = (): number => Date.now() - 1;

/** keyv's published cases (@keyv/test-suite: api, values, namespaces, iterator), as values, through Keyv itself. */
const published: Case[] = [
  {
    name: 'set resolves to true and get to the value',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      expect(await keyv.set('foo', 'bar')).toBe(true);
      expect(await keyv.get('foo')).toBe('bar');
      expect(await keyv.get('nonexistent')).toBeUndefined();
    },
  },
  {
    name: 'set with a TTL sets a value that expires',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      await keyv.set('foo', 'bar', 40);
      expect(await keyv.has('foo')).toBe(true);
      await expect.poll(() => keyv.get('foo'), { interval: 5 }).toBeUndefined();
      expect(await keyv.has('foo')).toBe(false);
    },
  },
  {
    name: 'get of several keys keeps their order, with undefined for missing ones',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      await keyv.set('foo', 'bar');
      await keyv.set('foo2', 'bar2', 60_000);
      expect(await keyv.get(['foo', 'foo1', 'foo2'])).toEqual(['bar', undefined, 'bar2']);
      expect(await keyv.getMany(['x', 'y'])).toEqual([undefined, undefined]);
      expect(await keyv.getMany([])).toEqual([]);
    },
  },
  {
    name: 'get of several keys has undefined for expired ones',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      await keyv.setMany([
        { key: 'foo', value: 'bar' },
        { key: 'foo1', value: 'bar1', ttl: 1 },
        { key: 'foo2', value: 'bar2' },
      ]);
      await expect
        .poll(() => keyv.get(['foo', 'foo1', 'foo2']), { interval: 5 })
        .toEqual(['bar', undefined, 'bar2']);
    },
  },
  {
    name: 'delete resolves to whether the key existed',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      await keyv.set('foo', 'bar');
      expect(await keyv.delete('foo')).toBe(true);
      expect(await keyv.delete('foo')).toBe(false);
      expect(await keyv.get('foo')).toBeUndefined();
    },
  },
  {
    name: 'delete of several keys resolves to whether each existed',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      await keyv.set('foo', 'bar');
      await keyv.set('foo2', 'bar2');
      expect(await keyv.deleteMany(['foo', 'foo1', 'foo2'])).toEqual([true, false, true]);
      expect(await keyv.get(['foo', 'foo2'])).toEqual([undefined, undefined]);
      expect(await keyv.deleteMany([])).toEqual([]);
    },
  },
  {
    name: 'clear resolves to undefined and deletes all',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      expect(await keyv.clear()).toBeUndefined();
      await keyv.set('foo', 'bar');
      await keyv.set('fizz', 'buzz');
      expect(await keyv.clear()).toBeUndefined();
      expect(await keyv.get(['foo', 'fizz'])).toEqual([undefined, undefined]);
    },
  },
  {
    name: 'has and hasMany resolve to whether keys exist',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      await keyv.set('foo', 'bar');
      expect(await keyv.has('foo')).toBe(true);
      expect(await keyv.has('fizz')).toBe(false);
      expect(await keyv.hasMany(['fizz', 'foo'])).toEqual([false, true]);
    },
  },
  ...[
    false,
    null,
    0,
    '',
    '"',
    "''",
    ':colon',
    'snowman ☃, \u{1f600}, line\nbreak',
    { fizz: 'buzz', list: [1, null] },
  ].map(
    (value): Case => ({
      name: `a value can be ${JSON.stringify(value)}`,
      async run(open) {
        const keyv = new Keyv({ store: open() });
        await keyv.set('foo', value);
        expect(await keyv.get('foo')).toEqual(value);
      },
    }),
  ),
  {
    name: 'a value can contain bytes',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      await keyv.set('foo', { bytes: Buffer.from('buzz') });
      const found = await keyv.get<{ bytes: Uint8Array }>('foo');
      expect(Buffer.from(found?.bytes ?? []).toString()).toBe('buzz');
    },
  },
  ...["'", 'a:b', 'a::b', '%_*?[x]', 'über/☃', ' '].map(
    (key): Case => ({
      name: `a key can be ${JSON.stringify(key)}`,
      async run(open) {
        const keyv = new Keyv({ store: open() });
        await keyv.set(key, 'value');
        await keyv.set(`${key}2`, 'other');
        expect(await keyv.get(key)).toBe('value');
        expect((await collect(keyv.iterator())).sort()).toEqual(
          [
            [key, 'value'],
            [`${key}2`, 'other'],
          ].sort(),
        );
        expect(await keyv.delete(key)).toBe(true);
        expect(await keyv.get(`${key}2`)).toBe('other');
      },
    }),
  ),
  {
    name: 'namespaces do not collide in set, get, delete, clear and iterator',
    async run(open) {
      const one = new Keyv({ store: open(), namespace: 'keyv1' });
      const two = new Keyv({ store: open(), namespace: 'keyv2' });
      await one.set('foo', 'keyv1');
      await one.set('bar', 'keyv1');
      await two.set('foo', 'keyv2');
      await two.set('bar', 'keyv2');
      expect(await one.get('foo')).toBe('keyv1');
      expect(await two.get('foo')).toBe('keyv2');
      expect(await one.delete('foo')).toBe(true);
      expect(await two.get('foo')).toBe('keyv2');
      expect(await collect(one.iterator())).toEqual([['bar', 'keyv1']]);
      await one.clear();
      expect(await one.get(['foo', 'bar'])).toEqual([undefined, undefined]);
      expect(await two.get(['foo', 'bar'])).toEqual(['keyv2', 'keyv2']);
    },
  },
  {
    name: 'iterator yields every value once, however many there are',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      const entries = Array.from({ length: 357 }, (_, n) => ({ key: `key ${n}`, value: n }));
      await keyv.setMany(entries);
      const found = await collect(keyv.iterator());
      expect(new Map(found as [string, number][])).toEqual(
        new Map(entries.map(({ key, value }) => [key, value])),
      );
      expect(found).toHaveLength(entries.length);
    },
  },
  {
    name: 'iterator does not yield expired values',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      await keyv.set('brief', 1, 20);
      await keyv.set('foo', 'bar');
      await expect.poll(() => collect(keyv.iterator()), { interval: 5 }).toEqual([['foo', 'bar']]);
    },
  },
  {
    name: 'a read with a clock ahead of the store removes a value, and no read fails',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      await keyv.set('foo', 'bar', 20);
      await expect.poll(() => keyv.getMany(['foo', 'fizz']), { interval: 5 }).toEqual([undefined, undefined]);
    },
  },
  {
    name: 'disconnect resolves and leaves the store open to others',
    async run(open) {
      const keyv = new Keyv({ store: open() });
      const other = new Keyv({ store: open() });
      await keyv.set('foo', 'bar');
      await keyv.disconnect();
      expect(await other.get('foo')).toBe('bar');
    },
  },
];

/** The adapter's own interface, as keyv 6 declares it. */
const ofInterface: Case[] = [
  {
    name: 'has every method of the interface, and declares that it takes absolute expiry times',
    async run(open) {
      const adapter = open();
      const methods = [
        ...['get', 'getMany', 'has', 'hasMany', 'set', 'setMany', 'delete', 'deleteMany', 'clear'],
        ...['disconnect', 'iterator', 'on', 'off', 'once', 'emit'],
      ] as const;
      for (const method of methods) expect(Reflect.get(adapter, method), method).toBeTypeOf('function');
      expect(adapter.capabilities).toMatchObject({ store: 'keyvStorage', expires: true });
    },
  },
  {
    name: 'setMany resolves to whether each entry was written, and applies its own expiry',
    async run(open) {
      const adapter = open();
      const entries = [
        { key: 'a', value: '{"value":1}' },
        { key: 'b', value: '{"value":2}', expires: soon() },
        { key: 'c', value: '{"value":3}', expires: past() },
      ];
      const written = await adapter.setMany(entries);
      expect(written?.slice(0, 2)).toEqual([true, true]);
      expect(await adapter.getMany(['a', 'b', 'c'])).toEqual(['{"value":1}', '{"value":2}', undefined]);
      expect(await adapter.hasMany(['a', 'b', 'c'])).toEqual([true, true, false]);
    },
  },
  {
    name: 'an expiry in the past removes a value',
    async run(open) {
      const adapter = open();
      await adapter.set('a', '{"value":1}');
      await adapter.set('a', '{"value":2}', past());
      expect(await adapter.get('a')).toBeUndefined();
      expect(await adapter.has('a')).toBe(false);
    },
  },
  {
    name: 'deleteMany returns one result per key, in their order',
    async run(open) {
      const adapter = open();
      await adapter.set('a', '{"value":1}');
      expect(await adapter.deleteMany(['x', 'a', 'y'])).toEqual([false, true, false]);
    },
  },
];

/** What every keyv adapter must do. */
export function describeKeyvAdapter(name: string, openStore: OpenAdapters): void {
  describe(`${name} as a keyv adapter`, () => {
    test.each([...published, ...ofInterface])('$name', async ({ run }) => {
      await run(await openStore());
    });
  });
}

/** What a write-once adapter must do in addition. */
export function describeWriteOnceAdapter(name: string, openStore: OpenAdapters): void {
  describe(`${name} as a write-once keyv adapter`, () => {
    test('set and setMany return false for an existing key, and leave its value', async () => {
      const adapter = (await openStore())();
      expect(await adapter.set('a', '{"value":1}', soon())).toBe(true);
      expect(await adapter.set('a', '{"value":2}', soon())).toBe(false);
      expect(
        await adapter.setMany([
          { key: 'a', value: '{"value":3}', expires: soon() },
          { key: 'b', value: '{"value":4}', expires: soon() },
        ]),
      ).toEqual([false, true]);
      expect(await adapter.getMany(['a', 'b'])).toEqual(['{"value":1}', '{"value":4}']);
    });
  });
}
