'use client';
import type { ListOptions, SwapSummary } from '@face-swap-gateway/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSwapClient } from './swap-client-context.js';

export type SwapsOptions = Pick<ListOptions, 'first' | 'status' | 'createdAfter' | 'createdBefore'>;

export interface SwapList {
  /** Newest first; all pages loaded so far. */
  swaps: SwapSummary[];
  error: Error | null;
  isLoading: boolean;
  hasNextPage: boolean;
  /** Adds the next page. Does nothing while a page is loading. */
  loadMore(): void;
  /** Starts again with the first page, as after a new swap. */
  refresh(): void;
}

interface Pages {
  swaps: SwapSummary[];
  endCursor: string | null;
  hasNextPage: boolean;
  error: Error | null;
  isLoading: boolean;
}

const none: Pages = { swaps: [], endCursor: null, hasNextPage: false, error: null, isLoading: true };

/** The caller's own swaps, page by page. A change of the options starts again. */
export function useSwaps(options: SwapsOptions = {}): SwapList {
  const client = useSwapClient();
  const [pages, setPages] = useState(none);
  const loading = useRef<AbortController | null>(null);
  const { first, status, createdAfter, createdBefore } = options;
  // Options are usually new objects on each render.
  const filter = JSON.stringify({ first, status, createdAfter, createdBefore });

  const load = useCallback(
    async (after: string | null) => {
      loading.current?.abort();
      const mine = new AbortController();
      loading.current = mine;
      setPages((before) => ({ ...before, isLoading: true, error: null }));
      try {
        const page = await client.list({
          ...(JSON.parse(filter) as SwapsOptions),
          after,
          signal: mine.signal,
        });
        if (mine.signal.aborted) return;
        setPages(({ swaps }) => ({
          ...page,
          swaps: after === null ? page.swaps : joined(swaps, page.swaps),
          error: null,
          isLoading: false,
        }));
      } catch (error) {
        if (!mine.signal.aborted)
          setPages((before) => ({ ...before, isLoading: false, error: error as Error }));
      } finally {
        if (loading.current === mine) loading.current = null;
      }
    },
    [client, filter],
  );

  useEffect(() => {
    void load(null);
    return () => loading.current?.abort();
  }, [load]);

  const { endCursor, hasNextPage } = pages;
  const loadMore = useCallback(() => {
    if (hasNextPage && loading.current === null) void load(endCursor);
  }, [hasNextPage, endCursor, load]);
  const refresh = useCallback(() => void load(null), [load]);
  const { swaps, error, isLoading } = pages;
  return { swaps, error, isLoading, hasNextPage, loadMore, refresh };
}

function joined(before: readonly SwapSummary[], more: readonly SwapSummary[]): SwapSummary[] {
  const ids = new Set(before.map(({ id }) => id));
  return [...before, ...more.filter(({ id }) => !ids.has(id))];
}
