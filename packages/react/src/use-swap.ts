'use client';
import type { Swap } from '@face-swap-gateway/client';
import { useEffect, useState } from 'react';
import { useSwapClient } from './swap-client-context.js';

export interface FollowedSwap {
  /** Its latest state; null before the first one has arrived. */
  swap: Swap | null;
  /** A SwapClientError, such as NOT_FOUND. */
  error: Error | null;
  /** Whether its end is still to come. */
  isActive: boolean;
}

/** Follows a swap that was requested elsewhere. @param id null or undefined for none */
export function useSwap(id: string | null | undefined): FollowedSwap {
  const client = useSwapClient();
  const [state, setState] = useState<{
    id: string;
    swap: Swap | null;
    error: Error | null;
    isEnded: boolean;
  }>();

  useEffect(() => {
    if (id == null) return;
    const leaving = new AbortController();
    const { signal } = leaving;
    const show = (swap: Swap | null, error: Error | null, isEnded: boolean): void => {
      if (!signal.aborted)
        setState((before) => ({
          id,
          swap: swap ?? (before?.id === id ? before.swap : null),
          error,
          isEnded,
        }));
    };
    client.watch(id, { signal, onUpdate: (swap) => show(swap, null, false) }).then(
      (swap) => show(swap, null, true),
      (error: Error) => show(null, error, true),
    );
    return () => leaving.abort();
  }, [client, id]);

  if (id == null) return { swap: null, error: null, isActive: false };
  // Of another id, until the effect has run.
  if (state?.id !== id) return { swap: null, error: null, isActive: true };
  return { swap: state.swap, error: state.error, isActive: !state.isEnded };
}
