import { z } from 'zod';
import { badUserInput } from './errors.js';
import type { IndexRow, ListPosition, SwapFilter, SwapIndex } from './ports.js';
import { type Swap, type SwapStatus, swapStatuses } from './swap.js';
import type { SwapView } from './watch.js';

/** Unvalidated client input. Times are ISO 8601. */
export interface SwapPageRequest {
  first?: number | null | undefined;
  after?: string | null | undefined;
  status?: readonly string[] | null | undefined;
  createdAfter?: unknown;
  createdBefore?: unknown;
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

/** Where a page starts. Cursors of earlier versions have no time; filtered lists, which are newer, never had such cursors. */
type Cursor = Pick<ListPosition, 'sequence'> & Partial<ListPosition>;

const defaultPageSize = 20;
const maxPageSize = 100;
/** Rows read at a time once a page has turned out to need more than its own. */
const batchSize = 64;
const cursorProblem = 'must be a cursor from an earlier page';

const time = z
  .unknown()
  .transform((given, context) => {
    const parsed = z.iso.datetime({ offset: true }).safeParse(given);
    const ms = parsed.success ? Date.parse(parsed.data) : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
    context.addIssue({ code: 'custom', message: 'must be a date and time like 2026-01-31T12:00:00Z' });
    return z.NEVER;
  })
  .nullish()
  .transform((ms) => ms ?? undefined);

const pageRequest = z
  .object({
    first: z
      .int()
      .min(0, `must be between 0 and ${maxPageSize}`)
      .max(maxPageSize, `must be between 0 and ${maxPageSize}`)
      .nullish()
      .transform((size) => size ?? defaultPageSize),
    after: z
      .string()
      .transform((cursor, context) => {
        const parsed = readCursor(cursor);
        if (!parsed) context.addIssue({ code: 'custom', message: cursorProblem });
        return parsed ?? z.NEVER;
      })
      .nullish()
      .transform((cursor) => cursor ?? undefined),
    status: z
      .array(z.enum(swapStatuses))
      .nullish()
      .transform((statuses) => statuses && new Set<SwapStatus>(statuses)),
    createdAfter: time,
    createdBefore: time,
  })
  .transform(({ first, after, status, createdAfter, createdBefore }) => {
    const isFiltered = status != null || createdAfter !== undefined || createdBefore !== undefined;
    const filter = { statuses: status ?? undefined, createdAfter, createdBefore };
    return { first, after, filter: isFiltered ? filter : undefined };
  });

/**
 * Reads the index from the cursor on, so the cost depends neither on how many swaps there are nor on how many do not match.
 * @throws BAD_USER_INPUT naming every invalid argument
 */
export async function listSwaps(deps: ListDeps, client: string, request: SwapPageRequest): Promise<SwapPage> {
  const parsed = pageRequest.safeParse(request);
  if (!parsed.success)
    throw badUserInput(parsed.error.issues.map(({ path, message }) => ({ path: String(path[0]), message })));
  const { first, after, filter } = parsed.data;
  if (filter && after && after.createdAt === undefined)
    throw badUserInput([{ path: 'after', message: cursorProblem }]);
  const edges = isEmpty(filter) ? [] : await readEdges(deps, client, first + 1, after, filter);
  return {
    edges: edges.slice(0, first),
    hasNextPage: edges.length > first,
    hasPreviousPage: after !== undefined,
  };
}

function isEmpty(filter: SwapFilter | undefined): boolean {
  return filter?.statuses?.size === 0;
}

/**
 * Up to `wanted` edges; fewer only at the end of the list. Continues past rows whose swap has expired or does not match, so that a
 * page never ends, or is empty, while there are more swaps.
 */
async function readEdges(
  { swapIndex, find, view }: ListDeps,
  client: string,
  wanted: number,
  after: Cursor | undefined,
  filter: SwapFilter | undefined,
): Promise<SwapPage['edges']> {
  const edges: SwapPage['edges'] = [];
  for (let position = after, size = wanted; ; size = Math.max(wanted, batchSize)) {
    const rows: (IndexRow & Partial<ListPosition>)[] = filter
      ? await swapIndex.candidates(client, filter, size, position as ListPosition | undefined)
      : await swapIndex.page(client, size, position?.sequence);
    const swaps = await Promise.all(rows.map(({ id }) => find(client, id)));
    for (const [n, { sequence }] of rows.entries()) {
      const swap = swaps[n];
      if (!swap || (filter && !matches(swap, filter))) continue;
      edges.push({
        cursor: writeCursor({ sequence, createdAt: Math.floor(swap.createdAt) }),
        view: view(swap),
      });
    }
    if (rows.length < size || edges.length >= wanted) return edges.slice(0, wanted);
    position = rows.at(-1);
  }
}

function matches({ status }: Swap, { statuses }: SwapFilter): boolean {
  return statuses?.has(status) ?? true;
}

function writeCursor({ sequence, createdAt }: ListPosition): string {
  return Buffer.from(`swap:${sequence}:${createdAt}`).toString('base64url');
}

function readCursor(cursor: string): Cursor | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, sequence, createdAt] = /^swap:(\d{1,16})(?::(-?\d{1,16}))?$/.exec(text) ?? [];
  if (sequence === undefined || !Number.isSafeInteger(Number(sequence))) return undefined;
  return {
    sequence: Number(sequence),
    ...(createdAt !== undefined && { createdAt: Number(createdAt) }),
  };
}
