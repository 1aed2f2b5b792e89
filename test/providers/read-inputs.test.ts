import { expect, test, vi } from 'vitest';
import { type PictureTransport, readInputs } from '../../src/providers/modelslab/read-inputs.js';
import type { ResultOutcome } from '../../src/swap/result-reader.js';

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const inputs = { initImage: 'own:a', targetImage: 'far:b', referenceImage: 'own:a' };
const picture = (text: string): ResultOutcome => ({
  kind: 'picture',
  contentType: 'image/jpeg',
  bytes: Buffer.from(text),
});

function transport(outcomes: Record<string, ResultOutcome>) {
  const signals: AbortSignal[] = [];
  const read = vi.fn(async (url: string, signal: AbortSignal) => {
    signals.push(signal);
    return outcomes[url] ?? picture(url);
  });
  const isOwn = (url: string): boolean => url.startsWith('own:');
  const made: PictureTransport = { needsData: () => true, isOwn, read };
  return { transport: made, read, signals };
}

const never = new AbortController().signal;

test('each picture is read once, and held until it is released', async () => {
  const { transport: reader, read, signals } = transport({});
  const prepared = await readInputs(inputs, reader, log, never);
  if (prepared.kind !== 'ready' || !prepared.pictures) throw new Error('not ready');
  expect(read).toHaveBeenCalledTimes(2);
  expect(prepared.pictures.get('far:b')).toEqual(Buffer.from('far:b'));
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  prepared.pictures.release();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(() => prepared.pictures?.get('far:b')).toThrow();
});

test.each<[string, Record<string, ResultOutcome>, string]>([
  ['own picture that is gone', { 'own:a': { kind: 'gone', reason: 'no longer stored' } }, 'failed'],
  ['own picture that the disk does not give', { 'own:a': { kind: 'failed', reason: 'EIO' } }, 'unavailable'],
  ['picture of a host that fails', { 'far:b': { kind: 'failed', reason: 'status 500' } }, 'failed'],
  ['lack of memory', { 'far:b': { kind: 'busy', reason: 'busy' } }, 'unavailable'],
  [
    'lasting failure next to a temporary one',
    { 'own:a': { kind: 'failed', reason: 'EIO' }, 'far:b': { kind: 'gone', reason: 'status 404' } },
    'failed',
  ],
])('%s decides the outcome', async (_what, outcomes, kind) => {
  const { transport: reader, signals } = transport(outcomes);
  const prepared = await readInputs(inputs, reader, log, never);
  expect(prepared.kind).toBe(kind);
  // Nothing stays in memory.
  expect(signals.every(({ aborted }) => aborted)).toBe(true);
});

test('a shutdown fails no swap', async () => {
  const stopping = new AbortController();
  const { transport: reader } = transport({ 'far:b': { kind: 'failed', reason: 'AbortError' } });
  stopping.abort();
  expect(await readInputs(inputs, reader, log, stopping.signal)).toMatchObject({ kind: 'unavailable' });
});
