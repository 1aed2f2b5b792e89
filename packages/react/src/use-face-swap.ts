'use client';
import type { SingleFaceSwapInput, Swap } from '@face-swap-gateway/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSwapClient } from './swap-client-context.js';

export interface FaceSwapOptions {
  /**
   * Default true: when the component appears and a swap is pending, requested by an earlier page with the same `storage` or by a
   * component that has gone, it is followed.
   */
  resume?: boolean | undefined;
}

export interface FaceSwap {
  /** Its latest state; null before the gateway has accepted it. */
  swap: Swap | null;
  /** A SwapClientError that ended it; a swap that FAILED is none. */
  error: Error | null;
  /** Requested, and neither finished nor given up. */
  isActive: boolean;
  /**
   * Requests a swap and follows it, instead of the one before. While the same input is active, there is only one swap of it.
   *
   * @returns the finished swap; null if it could not be followed to its end, or another one was started. Never rejects
   */
  start(input: SingleFaceSwapInput): Promise<Swap | null>;
  /** @returns whether it was canceled: only possible while it is queued. Never rejects */
  cancel(): Promise<boolean>;
  /** Stops following and forgets the state. The swap itself continues. */
  reset(): void;
}

interface State {
  swap: Swap | null;
  error: Error | null;
  isActive: boolean;
}

type Follow = (options: { onUpdate(swap: Swap): void; signal: AbortSignal }) => Promise<Swap>;

const idle: State = { swap: null, error: null, isActive: false };

/** One swap at a time, from the click to the picture. Leaving the page does not end it; see `resume`. */
export function useFaceSwap({ resume = true }: FaceSwapOptions = {}): FaceSwap {
  const client = useSwapClient();
  const [state, setState] = useState(idle);
  const current = useRef<AbortController | null>(null);

  const run = useCallback(async (follow: Follow): Promise<Swap | null> => {
    current.current?.abort();
    const mine = new AbortController();
    current.current = mine;
    const { signal } = mine;
    const show = (next: State): void => {
      if (!signal.aborted) setState(next);
    };
    show({ ...idle, isActive: true });
    try {
      const onUpdate = (swap: Swap): void => show({ swap, error: null, isActive: true });
      const swap = await follow({ onUpdate, signal });
      show({ swap, error: null, isActive: false });
      return signal.aborted ? null : swap;
    } catch (error) {
      if (!signal.aborted) setState(({ swap }) => ({ swap, error: asError(error), isActive: false }));
      return null;
    } finally {
      if (current.current === mine) current.current = null;
    }
  }, []);

  useEffect(() => {
    let isGone = false;
    if (resume && current.current === null) {
      void client.pending().then(([pending]) => {
        if (isGone || current.current !== null || !pending) return;
        void run((options) => client.resume(pending, options));
      });
    }
    return () => {
      isGone = true;
      if (current.current === null) return;
      current.current.abort();
      current.current = null;
      // The state outlives the effect when the client is another one, or the component is only hidden.
      setState((before) => ({ ...before, isActive: false }));
    };
  }, [client, resume, run]);

  const start = useCallback(
    (input: SingleFaceSwapInput) => run((options) => client.swap(input, options)),
    [client, run],
  );
  const id = state.swap?.id;
  const cancel = useCallback(async () => {
    if (id === undefined) return false;
    try {
      return (await client.cancel(id)).status === 'CANCELED';
    } catch {
      return false;
    }
  }, [client, id]);
  const reset = useCallback(() => {
    current.current?.abort();
    current.current = null;
    setState(idle);
  }, []);
  return { ...state, start, cancel, reset };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
