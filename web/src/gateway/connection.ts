import { makeVar } from '@apollo/client';

/** `rejected`: the gateway is up but rejects this page; its message says why. */
export type Connection = { state: 'online' } | { state: 'lost' } | { state: 'rejected'; message: string };

const online: Connection = { state: 'online' };

export const connection = makeVar<Connection>(online);

/** Wakes polling loops when there is a reason to poll at once. */
const refreshes = new EventTarget();

export function reportOnline(): void {
  if (connection().state === 'online') return;
  connection(online);
  requestRefresh();
}

export function reportLost(): void {
  if (connection().state !== 'lost') connection({ state: 'lost' });
}

export function reportRejected(message: string): void {
  connection({ state: 'rejected', message });
}

export function requestRefresh(): void {
  refreshes.dispatchEvent(new Event('refresh'));
}

const otherTabs = new BroadcastChannel('face-swap-studio');
otherTabs.addEventListener('message', requestRefresh);

/** Call it when a swap was accepted: makes its card appear in every tab. */
export function announceNewSwap(): void {
  requestRefresh();
  otherTabs.postMessage('new swap');
}

export function onRefreshRequested(listener: () => void): () => void {
  refreshes.addEventListener('refresh', listener);
  return () => refreshes.removeEventListener('refresh', listener);
}
