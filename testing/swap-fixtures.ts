import {
  badUserInput,
  idempotencyConflict,
  notCancelable,
  notFound,
  unavailable,
} from '../src/swap/errors.js';
import type { SwapService } from '../src/swap/service.js';
import { type EndedSwap, isEnded, type Swap } from '../src/swap/swap.js';
import type { SwapView } from '../src/swap/watch.js';

const facts = {
  client: 'web',
  request: {
    initImage: 'https://example.com/init.jpg',
    targetImage: 'https://example.com/tårget.jpg?a=1&b="2"',
    referenceImage: 'https://example.com/reference.jpg',
    watermark: true,
  },
  createdAt: 1_700_000_000_000,
  updatedAt: 1_700_000_001_000,
};
const end = { completedAt: 1_700_000_002_000, expiresAt: 4_000_000_000_000 };

/** One swap of each kind that a client can encounter, by its id; `foreign` belongs to another client. */
export const swapFixtures: Record<string, Swap> = Object.fromEntries(
  [
    { ...facts, id: 'queued', status: 'QUEUED' as const },
    {
      ...facts,
      id: 'processing',
      status: 'PROCESSING' as const,
      modelsLabId: '77',
      submittedAt: facts.createdAt,
      estimatedCompletionAt: facts.createdAt + 60_000,
    },
    {
      ...facts,
      ...end,
      id: 'succeeded',
      status: 'SUCCEEDED' as const,
      modelsLabId: '78',
      request: { ...facts.request, trackId: -9_007_199_254_740_991, watermark: false },
      result: {
        output: ['https://example.com/a.jpg', 'https://example.com/b.jpg'],
        proxyLinks: ['https://example.com/c.jpg'],
        generationTime: 3.25,
        meta: { seed: 12, temporary: true, filePrefix: 'line\nbreak \u2028 "quoted"', watermark: false },
      },
    },
    { ...facts, ...end, id: 'bare', status: 'SUCCEEDED' as const, result: { output: [], proxyLinks: [] } },
    {
      ...facts,
      ...end,
      id: 'failed',
      status: 'FAILED' as const,
      error: { code: 'NO_FACE_FOUND' as const, message: 'No face, <b>none</b>', retryable: false },
    },
    { ...facts, ...end, id: 'canceled', status: 'CANCELED' as const },
    // Invalid data that no store should hold: the schema's own checks fail on it.
    {
      ...facts,
      ...end,
      id: 'crooked',
      status: 'SUCCEEDED' as const,
      result: { output: ['no address'], proxyLinks: [], generationTime: Number.NaN, meta: { seed: 0.5 } },
    },
    { ...facts, ...end, id: 'foreign', client: 'other', status: 'CANCELED' as const },
  ].map((swap) => [swap.id, swap]),
);

/** `crash` and `away` are ids of swaps whose store fails: with a bug, and as unavailable. */
export const fixtureIds = [...Object.keys(swapFixtures), 'unknown', 'crash', 'away'];

/** An ended fixture, as the store's cache returns it. */
export function peekFixture(id: string): EndedSwap | undefined {
  const swap = swapFixtures[id];
  return swap && isEnded(swap) ? swap : undefined;
}

/** A service with these swaps that always gives the same response to the same request. */
export function fixtureService(): Omit<SwapService, 'watch'> {
  const find = (client: string, id: string): Swap | undefined => {
    if (id === 'crash') throw new TypeError('secret of the inside');
    if (id === 'away') throw unavailable(new Error('secret of the store'));
    return swapFixtures[id]?.client === client ? swapFixtures[id] : undefined;
  };
  const view = (swap: Swap): SwapView => ({
    swap,
    queuePosition: swap.status === 'QUEUED' ? async () => 3 : null,
  });
  return {
    async get(client, id) {
      const swap = find(client, id);
      return swap ? view(swap) : null;
    },
    async getMany(client, ids) {
      return ids.map((id) => {
        const swap = find(client, id);
        return swap ? view(swap) : null;
      });
    },
    async list(client, { first, after, status }) {
      const swaps = Object.values(swapFixtures).filter(
        (swap) => swap.client === client && (!status || status.includes(swap.status)),
      );
      if (after === 'crash') find(client, after);
      const edges = swaps.slice(0, first ?? 2).map((swap) => ({ view: view(swap), cursor: `c-${swap.id}` }));
      return { edges, hasNextPage: true, hasPreviousPage: after != null };
    },
    async request(client, { request, idempotencyKey }) {
      if (idempotencyKey === 'conflict') throw idempotencyConflict();
      if (idempotencyKey !== undefined) find(client, idempotencyKey);
      return view({ ...(swapFixtures['queued'] as Swap), request } as Swap);
    },
    async cancel(client, id) {
      const swap = find(client, id);
      if (!swap) throw notFound();
      if (swap.status !== 'QUEUED') throw notCancelable();
      return view(swap);
    },
    async erase(client, id) {
      const swap = find(client, id);
      if (!swap) throw notFound();
      const parts = [
        { what: 'RECORD', state: 'DONE' },
        { what: 'MODELSLAB', state: 'NOT_POSSIBLE', reason: 'ModelsLab does not allow it.' },
      ] as const;
      return { swapId: id, client, requestedAt: 1_800_000_000_000, parts: [...parts] };
    },
    async redeliver(client, id) {
      const swap = find(client, id);
      if (!swap) throw notFound();
      if (!isEnded(swap)) throw badUserInput([{ path: 'id', message: 'this swap has not ended' }]);
      return view(swap);
    },
  };
}
