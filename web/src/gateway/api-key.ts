import { makeVar } from '@apollo/client';

const storageKey = 'face-swap-api-key';

/** Whether the gateway requires a key; `wrong` if it rejected the last one. */
export const keyRequest = makeVar<'none' | 'needed' | 'wrong'>('none');

/** Stored for this tab only. */
export function readApiKey(): string | undefined {
  return sessionStorage.getItem(storageKey) ?? undefined;
}

export function storeApiKey(key: string): void {
  sessionStorage.setItem(storageKey, key);
  keyRequest('none');
}

export function authorization(): Record<string, string> {
  const key = readApiKey();
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

export function reportUnauthenticated(): void {
  keyRequest(readApiKey() === undefined ? 'needed' : 'wrong');
}
