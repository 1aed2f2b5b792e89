import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSample, sampleNames } from '../../samples/samples.js';
import { drawFaceSwap } from '../../sandbox/face-swap-picture.js';
import { createPictureStore } from '../../sandbox/picture-store.js';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.js';

let sandbox: Sandbox;
beforeAll(async () => {
  const faults = { successAtOnce: 1, generationMs: [0, 0] as [number, number] };
  sandbox = await createSandbox({ faults });
});
afterAll(() => sandbox.close());

async function submit(init: string, target: string, reference: string, change: object = {}) {
  const images = { init_image: init, target_image: target, reference_image: reference };
  const body = JSON.stringify({ key: 'any', ...images, ...change });
  const response = await fetch(`${sandbox.baseUrl}/single_face_swap`, { method: 'POST', body });
  return (await response.json()) as { status: string; message?: string; output: string[] };
}

const sampleUrl = (name: string) => `${sandbox.url}/samples/${name}.jpg`;
const sampleBytes = async (name: string) => (await readSample(`${name}.jpg`))?.bytes ?? Buffer.alloc(0);

interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Mean difference per channel, 0 to 255. */
async function difference(a: Buffer, b: Buffer, region: Region): Promise<number> {
  const [one, two] = await Promise.all([a, b].map((image) => sharp(image).extract(region).raw().toBuffer()));
  if (one === undefined || two === undefined) throw new Error('no pixels');
  return one.reduce((sum, value, i) => sum + Math.abs(value - (two[i] ?? 0)), 0) / one.length;
}

const mouth = { left: 260, top: 395, width: 120, height: 60 };
const hair = { left: 150, top: 60, width: 340, height: 120 };
const shoulders = { left: 200, top: 520, width: 300, height: 110 };

it("puts the target's face onto init and leaves the rest of init unchanged", async () => {
  const { output } = await submit(sampleUrl('ada'), sampleUrl('bruno'), sampleUrl('ada'));
  const result = Buffer.from(await (await fetch(output[0] ?? '')).arrayBuffer());
  const init = await sampleBytes('ada');
  expect(await difference(result, init, mouth)).toBeGreaterThan(25);
  expect(await difference(result, init, hair)).toBeLessThan(4);
  expect(await difference(result, init, shoulders)).toBeLessThan(4);
  expect(await sharp(result).metadata()).toMatchObject({ format: 'jpeg', width: 640, height: 640 });
});

it('replaces only the person in a group that the reference shows', async () => {
  const [init, target, reference] = await Promise.all(['friends', 'gustav', 'erik'].map(sampleBytes));
  if (!init || !target || !reference) throw new Error('samples missing');
  const result = await drawFaceSwap({ init, target, reference });
  const third = (left: number) => ({ left, top: 380, width: 140, height: 130 });
  expect(await difference(result, init, third(683))).toBeGreaterThan(8);
  expect(await difference(result, init, third(139))).toBeLessThan(4);
  expect(await difference(result, init, third(419))).toBeLessThan(4);
});

it('swaps the middle of a picture without face positions', async () => {
  const plain = (background: string) =>
    sharp({ create: { width: 300, height: 200, channels: 3, background } })
      .png()
      .toBuffer();
  const init = await plain('#204060');
  const result = await drawFaceSwap({ init, target: await sampleBytes('hana'), reference: init });
  expect(await difference(result, init, { left: 140, top: 90, width: 30, height: 30 })).toBeGreaterThan(5);
  expect(await difference(result, init, { left: 200, top: 0, width: 90, height: 60 })).toBeLessThan(4);
});

it('accepts pictures as base64 text', async () => {
  const [a, b] = await Promise.all(
    ['chen', 'dora'].map(async (name) => (await sampleBytes(name)).toString('base64')),
  );
  expect((await submit(a ?? '', b ?? '', a ?? '', { base64: true })).status).toBe('success');
  expect(sandbox.submissions().at(-1)?.initImage).toBe('[base64]');
});

it('says "Unable to fetch image" for an image that is missing, not a picture, or SVG', async () => {
  const text = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  const address = await new Promise((resolve) => text.once('listening', () => resolve(text.address())));
  const { port } = address as { port: number };
  const bad = [
    sampleUrl('nobody'),
    `http://127.0.0.1:${port}/`,
    `${sandbox.url}/samples/ada.svg`,
    'http://127.0.0.1:1/',
  ];
  for (const url of bad) {
    const answer = await submit(url, sampleUrl('ada'), sampleUrl('ada'));
    expect(answer).toEqual({ status: 'error', message: 'Unable to fetch image from provided URL' });
  }
  text.close();
});

it('ships every sample, as SVG and as JPEG', async () => {
  const files = await readdir(new URL('../../samples/pictures/', import.meta.url));
  expect([...files].sort()).toEqual([...sampleNames].sort());
  const served = await fetch(`${sandbox.url}/samples/ada.svg`);
  expect(served.headers.get('content-type')).toBe('image/svg+xml');
});

it.each([
  '../samples.ts',
  '..%2fsamples.ts',
  '/etc/passwd',
  'ada.jpg/../../samples.ts',
  'ada',
  '',
  '__proto__',
])('returns no file for the name %j', async (name) => {
  expect(await readSample(name)).toBeUndefined();
  expect((await fetch(`${sandbox.url}/samples/${name}`)).status).toBe(404);
});

it('evicts the oldest picture when its memory is full', () => {
  const store = createPictureStore(250);
  for (const id of ['a', 'b', 'c']) store.put(id, Buffer.alloc(100));
  expect(store.get('a')).toBeUndefined();
  expect(store.get('b')).toHaveLength(100);
  expect(store.get('c')).toHaveLength(100);
});
