import { z } from 'zod';
import { badUserInput } from './errors.js';
import type { SwapIndex } from './ports.js';
import type { Swap } from './swap.js';
import type { SwapView } from './watch.js';

/** Unvalidated client input. */
export interface SwapPageRequest {
  first?: number | null | undefined;
  after?: string | null | undefined;
}

export interface SwapPage {
  edges: { cursor: string; view: SwapView }[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

interface ListDeps {
  swapIndex: SwapIndex;
  find(client: string, id: string): Promise<Swap | undefined>;
  view(swap: Swap): SwapView;
}

const defaultPageSize = 20;
const maxPageSize = 100;
const cursorPrefix = 'swap:';

const pageRequest = z.object({
  first: z
    .int()
    .min(1, `must be between 1 and ${maxPageSize}`)
    .max(maxPageSize, `must be between 1 and ${maxPageSize}`)
    .nullish()
    .transform((size) => size ?? defaultPageSize),
  after: z
    .string()
    .transform(readCursor)
    .pipe(z.int('must be a cursor from an earlier page'))
    .nullish()
    .transform((sequence) => sequence ?? undefined),
});

/** Reads the index from the cursor on, so the cost does not depend on how many swaps there are. */
export async function listSwaps(
  { swapIndex, find, view }: ListDeps,
  client: string,
  page: SwapPageRequest,
): Promise<SwapPage> {
  const parsed = pageRequest.safeParse(page);
  if (!parsed.success) {
    throw badUserInput(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  }
  const { first, after } = parsed.data;
  const rows = await swapIndex.page(client, first + 1, after);
  const edges = await Promise.all(
    rows.slice(0, first).map(async ({ id, sequence }) => {
      const swap = await find(client, id);
      return swap && { cursor: writeCursor(sequence), view: view(swap) };
    }),
  );
  return {
    // A record may expire slightly before its row in the index.
    edges: edges.filter((edge) => edge !== undefined),
    hasNextPage: rows.length > first,
    hasPreviousPage: after !== undefined,
  };
}

function writeCursor(sequence: number): string {
  return Buffer.from(`${cursorPrefix}${sequence}`).toString('base64url');
}

function readCursor(cursor: string): number {
  const [, sequence] = /^swap:(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  return sequence === undefined ? Number.NaN : Number(sequence);
}
