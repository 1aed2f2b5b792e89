import { makeVar } from '@apollo/client';

const idIn = (path: string): string | undefined => /^\/swaps\/([\w-]+)$/.exec(path)?.[1];

/** The swap shown as the result, which is that of the page's address; undefined: the one being composed. */
export const selectedId = makeVar<string | undefined>(idIn(location.pathname));

/** Whether the result or its code is shown. */
export const resultTab = makeVar<'result' | 'code'>('result');

export const pathOf = (id: string): string => `/swaps/${id}`;

/** Shows a swap, and gives the page its address. */
export function select(id: string | undefined): void {
  if (id === selectedId()) return;
  history.pushState(null, '', id === undefined ? '/' : pathOf(id));
  selectedId(id);
}

/** Follows the browser's back and forward buttons. */
export function followAddress(): void {
  addEventListener('popstate', () => selectedId(idIn(location.pathname)));
}
