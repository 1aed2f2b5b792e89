import { expect, test } from 'vitest';
import { createEventReader } from '../../packages/client/src/event-reader.js';

const stream = [
  ':\n\n',
  'event: next\ndata: {"picture":"é😀"}\n\n',
  ': a comment\nevent:next\ndata:first\ndata: second\n\n',
  'data\n\n',
  'id: 5\nretry: 10\n\n',
  'event: complete\ndata: \n\n',
  'event: next\ndata: unfinished\n',
].join('');
const events = [
  ['next', '{"picture":"é😀"}'],
  ['next', 'first\nsecond'],
  ['message', ''],
  ['complete', ''],
];

function read(chunks: Uint8Array[]): unknown[] {
  const seen: unknown[] = [];
  const push = createEventReader((type, data) => seen.push([type, data]));
  for (const chunk of chunks) push(chunk);
  return seen;
}

test.each([
  ['line feeds', '\n'],
  ['both', '\r\n'],
])('events whose lines end with %s are read, wherever the stream is cut', (_name, ending) => {
  const bytes = new TextEncoder().encode(stream.replaceAll('\n', ending));
  for (let cut = 0; cut <= bytes.length; cut++)
    expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(events);
  expect(read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(events);
});

test('lines may end with carriage returns alone', () => {
  const bytes = new TextEncoder().encode('event: next\rdata: one\r\rdata: two\r\r:\r');
  expect(read([bytes])).toEqual([
    ['next', 'one'],
    ['message', 'two'],
  ]);
});

test('data may contain the line separators that are none in events', () => {
  const data = '{"message":"one\u2028two\u2029three\u0085four\u000bfive"}';
  const bytes = new TextEncoder().encode(`event: next\ndata: ${data}\n\n`);
  expect(read([bytes])).toEqual([['next', data]]);
});
