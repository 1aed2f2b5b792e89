'use client';
import type { SwapClient } from '@face-swap-gateway/client';
import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react';

const SwapClientContext = createContext<SwapClient | null>(null);

export interface SwapClientProviderProps {
  /** Create it once, outside of components. */
  client: SwapClient;
  children?: ReactNode;
}

/** Gives a client to the hooks below it. */
export function SwapClientProvider({ client, children }: SwapClientProviderProps): ReactElement {
  return createElement(SwapClientContext.Provider, { value: client }, children);
}

/** @throws Error outside of a SwapClientProvider */
export function useSwapClient(): SwapClient {
  const client = useContext(SwapClientContext);
  if (client === null) throw new Error('There is no <SwapClientProvider client={…}> above this component.');
  return client;
}
