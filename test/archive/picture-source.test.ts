import { expect, test } from 'vitest';
import { pictureSourceOf } from '../../src/archive/picture-source.js';
import { applyTransition, type EndedSwap, isEnded, queuedSwap, type Swap } from '../../src/swap/swap.js';
import { images } from '../../testing/swap-client.js';

const result = {
  output: ['https://x.example/1.png'],
  proxyLinks: [],
  files: { token: 'ab'.repeat(16) },
};
const file = { contentType: 'image/png', bytes: 1, sha256: 'aa', sourceSha256: 'bb', archivedAt: 9 };

function ended(id: string, completedAt: number, client = 'ann'): EndedSwap {
  const queued = queuedSwap(id, client, { ...images, watermark: true }, 1);
  const swap = applyTransition(queued, { type: 'succeeded', result }, completedAt, 1000);
  if (!isEnded(swap)) throw new Error('not ended');
  return swap;
}

const sourceOf = (swap: EndedSwap, other?: Swap) => pictureSourceOf({ get: async () => other }, swap, 0);
const recovered = { ...ended('b', 500), recoveredFrom: 'a' };
const other = ended('a', 300);

test('the label of a picture states when its swap ended', async () => {
  expect(await sourceOf(ended('b', 500))).toEqual({ labeledAt: 500 });
});

test('a recovered picture has the label of the swap that it comes from, copied or not', async () => {
  expect(await sourceOf(recovered, other)).toMatchObject({ labeledAt: 300, prior: undefined });
  const archived: EndedSwap = { ...other, archive: { state: 'STORED', files: [file], endedAt: 9 } };
  const prior = { key: `${'ab'.repeat(16)}/0.png`, file };
  expect(await sourceOf(recovered, archived)).toEqual({ labeledAt: 300, prior });
});

test('a swap of another client, or one that no longer exists, is no source', async () => {
  expect(await sourceOf(recovered, ended('a', 300, 'bob'))).toEqual({ labeledAt: 500 });
  expect(await sourceOf(recovered)).toEqual({ labeledAt: 500 });
});
