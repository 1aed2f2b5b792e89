import { exportJWK, type FlattenedJWSInput, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { createKeySet, KeySetUnavailable } from '../../src/server/access/key-set.js';
import { captureLog } from '../../testing/capture-log.js';
import { createManualClock, settle } from '../../testing/manual-clock.js';

const minuteMs = 60_000;
const parts: FlattenedJWSInput = { payload: '', signature: '' };

async function publicKey(kid: string | undefined): Promise<JWK> {
  const pair = await generateKeyPair('ES256');
  return { ...(await exportJWK(pair.publicKey)), ...(kid !== undefined && { kid }), alg: 'ES256' };
}

/** An issuer with the keys `one` and `two`, which can break down or keep its clients waiting. */
async function open() {
  const clock = createManualClock();
  const logs = captureLog();
  const issuer = {
    keys: [await publicKey('one'), await publicKey('two')],
    fetches: 0,
    isBroken: false,
    wait: async (): Promise<void> => undefined,
  };
  const fetchKeys = async (): Promise<JSONWebKeySet> => {
    issuer.fetches++;
    const { keys, isBroken } = issuer;
    await issuer.wait();
    if (isBroken) throw new Error('the issuer is down');
    return { keys };
  };
  const keySet = createKeySet(fetchKeys, clock, logs.log);
  onTestFinished(keySet.close);
  const find = (kid: string | undefined) =>
    keySet.find({ alg: 'ES256', ...(kid !== undefined && { kid }) }, parts);
  const errors = () => logs.lines().filter((line) => line['level'] === 'error');
  return { clock, issuer, keySet, find, errors, logs };
}

const noMatch = { code: 'ERR_JWKS_NO_MATCHING_KEY' };

test('the first token fetches the keys, the next ones use them', async () => {
  const { issuer, find, keySet } = await open();
  expect(issuer.fetches).toBe(0);
  const one = await find('one');
  expect(keySet.check(one.id)).toBe('published');
  expect((await find('two')).id).not.toBe(one.id);
  expect(await find('one')).toEqual(one);
  expect(issuer.fetches).toBe(1);
});

test('many first tokens at once cause one fetch', async () => {
  const { issuer, find } = await open();
  let respond = (): void => undefined;
  issuer.wait = () => new Promise((resolve) => (respond = resolve));
  const found = Array.from({ length: 100 }, () => find('one'));
  await settle();
  respond();
  expect(new Set((await Promise.all(found)).map(({ id }) => id)).size).toBe(1);
  expect(issuer.fetches).toBe(1);
});

test('a key that leaves the set is gone within a minute, without any token, and others stay', async () => {
  const { clock, issuer, find, keySet } = await open();
  const [one, two] = [await find('one'), await find('two')];
  issuer.keys.shift();
  await clock.advance(minuteMs);
  expect(keySet.check(one.id)).toBe('gone');
  expect(keySet.check(two.id)).toBe('published');
  await expect(find('one')).rejects.toMatchObject(noMatch);
  expect(issuer.fetches).toBe(3);
});

test.each<[string, 'published' | 'gone', (jwk: JWK) => JWK]>([
  ['its certificate is renewed', 'published', (jwk) => ({ ...jwk, x5c: ['MIIB'], x5t: 'abc' })],
  [
    'its members are in another order',
    'published',
    (jwk) => Object.fromEntries(Object.entries(jwk).reverse()) as JWK,
  ],
  ['its material changes under the same id', 'gone', (jwk) => ({ ...jwk, x: jwk.y ?? '', y: jwk.x ?? '' })],
  ['it is for encryption only', 'gone', (jwk) => ({ ...jwk, use: 'enc' })],
  ['it may not verify', 'gone', (jwk) => ({ ...jwk, key_ops: ['sign'] })],
  ['it gets another id', 'gone', (jwk) => ({ ...jwk, kid: 'three' })],
])('when %s, a key is %s', async (_case, expected, change) => {
  const { clock, issuer, find, keySet } = await open();
  const { id } = await find('one');
  issuer.keys = issuer.keys.map((jwk) => (jwk.kid === 'one' ? change(jwk) : jwk));
  await clock.advance(minuteMs);
  expect(keySet.check(id)).toBe(expected);
});

test('a refresh in the background delays no token', async () => {
  const { clock, issuer, find } = await open();
  await find('one');
  issuer.wait = () => new Promise(() => undefined);
  await clock.advance(minuteMs);
  expect(issuer.fetches).toBe(2);
  await find('one');
});

test('unknown keys cause one fetch in ten seconds, however many tokens name them', async () => {
  const { clock, issuer, find } = await open();
  await find('one');
  for (let n = 0; n < 100; n++) await expect(find(`unknown ${n}`)).rejects.toMatchObject(noMatch);
  expect(issuer.fetches).toBe(1);
  await clock.advance(10_000);
  const rejected = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => find(`unknown ${n}`)));
  expect(rejected.every(({ status }) => status === 'rejected')).toBe(true);
  for (let n = 0; n < 100; n++) await expect(find(`unknown ${n}`)).rejects.toMatchObject(noMatch);
  expect(issuer.fetches).toBe(2);
});

test('a key that was added a moment ago is found by the first token that names it', async () => {
  const { clock, issuer, find } = await open();
  await find('one');
  await clock.advance(10_000);
  issuer.keys = [...issuer.keys, await publicKey('three')];
  expect(await find('three')).toBeDefined();
  expect(issuer.fetches).toBe(2);
});

test('the last keys are used for ten minutes while the issuer is down, then none', async () => {
  const { clock, issuer, find, keySet, errors } = await open();
  const { id } = await find('one');
  issuer.isBroken = true;
  await clock.advance(10 * minuteMs - 1);
  expect(await find('one')).toMatchObject({ id });
  expect(keySet.check(id)).toBe('published');
  await expect(find('three')).rejects.toThrow(KeySetUnavailable);
  await clock.advance(1);
  expect(keySet.check(id)).toBe('unknown');
  await expect(find('one')).rejects.toThrow(KeySetUnavailable);
  expect(errors()).toHaveLength(1);
  issuer.isBroken = false;
  await clock.advance(5000);
  expect(await find('one')).toMatchObject({ id });
  expect(keySet.check(id)).toBe('published');
});

test('while there are no keys, tokens neither wait for the issuer nor call it', async () => {
  const { clock, issuer, find, errors } = await open();
  issuer.isBroken = true;
  await expect(find('one')).rejects.toThrow(KeySetUnavailable);
  issuer.wait = () => new Promise(() => undefined);
  for (let n = 0; n < 100; n++) await expect(find('one')).rejects.toThrow(KeySetUnavailable);
  expect(issuer.fetches).toBe(1);
  await clock.advance(minuteMs);
  await expect(find('one')).rejects.toThrow(KeySetUnavailable);
  expect(issuer.fetches).toBe(2);
  expect(errors()).toHaveLength(1);
});

test.each([
  ['not a set', { kids: [] }],
  ['a set of other things', { keys: ['one'] }],
  ['nothing', null],
])('a response that is %s counts as an outage', async (_case, response) => {
  const { clock, logs } = await open();
  let body: unknown = response;
  const keySet = createKeySet(async () => body as JSONWebKeySet, clock, logs.log);
  onTestFinished(keySet.close);
  const find = () => keySet.find({ alg: 'ES256', kid: 'one' }, parts);
  await expect(find()).rejects.toThrow(KeySetUnavailable);
  body = { keys: [] };
  await clock.advance(5000);
  await expect(find()).rejects.toMatchObject(noMatch);
});

test('an outage and its end are logged once', async () => {
  const { clock, issuer, find, errors, logs } = await open();
  await find('one');
  for (let outage = 1; outage <= 2; outage++) {
    issuer.isBroken = true;
    await clock.advance(minuteMs);
    expect(errors()).toHaveLength(outage);
    issuer.isBroken = false;
    await clock.advance(minuteMs);
    expect(logs.lines().filter(({ msg }) => String(msg).includes('again'))).toHaveLength(outage);
  }
});

test('a token without a key id needs a single candidate', async () => {
  const { clock, issuer, find } = await open();
  await expect(find(undefined)).rejects.toMatchObject({ code: 'ERR_JWKS_MULTIPLE_MATCHING_KEYS' });
  issuer.keys = [await publicKey(undefined)];
  await clock.advance(minuteMs);
  expect(await find(undefined)).toBeDefined();
});

test('closing ends the refreshes', async () => {
  const { clock, issuer, find, keySet } = await open();
  await find('one');
  await keySet.close();
  await clock.advance(10 * minuteMs);
  expect(issuer.fetches).toBe(1);
});
