import { makeVar } from '@apollo/client';

/** `refused`: the gateway answers, but not to this page; its words say why. */
export type Connection = { state: 'online' } | { state: 'lost' } | { state: 'refused'; message: string };

const online: Connection = { state: 'online' };

export const connection = makeVar<Connection>(online);

/** Whoever waits between two questions is woken when something speaks for asking at once. */
const nudges = new EventTarget();

export function reportOnline(): void {
  if (connection().state === 'online') return;
  connection(online);
  askAgain();
}

export function reportLost(): void {
  if (connection().state !== 'lost') connection({ state: 'lost' });
}

export function reportRefused(message: string): void {
  connection({ state: 'refused', message });
}

export function askAgain(): void {
  nudges.dispatchEvent(new Event('nudge'));
}

const otherTabs = new BroadcastChannel('face-swap-studio');
otherTabs.addEventListener('message', askAgain);

/** A swap was taken: its card is due, in every tab. */
export function tellOfNewSwap(): void {
  askAgain();
  otherTabs.postMessage('new swap');
}

export function onAskAgain(listener: () => void): () => void {
  nudges.addEventListener('nudge', listener);
  return () => nudges.removeEventListener('nudge', listener);
}
