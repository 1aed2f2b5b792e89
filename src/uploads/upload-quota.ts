import { GatewayError, rateLimited } from '../swap/errors.js';
import { accountsOf } from '../swap/principal.js';

/** Upload quota, per client and in total. Those of a client token count on its parent as well. */
export interface UploadQuota {
  /** Reserves a slot until `expiresAt`. @throws RATE_LIMITED or UNAVAILABLE */
  reserve(client: string, expiresAt: number): UploadReservation;
  /** Removes expired reservations. */
  dropExpired(): void;
}

export interface UploadReservation {
  /** Releases the slot. */
  release(): void;
  /** Nothing was stored, but the attempt counts against the client for as long as a picture would. */
  fail(): void;
}

export interface UploadQuotaOptions {
  perClient: number;
  total: number;
  now(): number;
}

interface Held {
  accounts: readonly string[];
  expiresAt: number;
  isStored: boolean;
}

export function createUploadQuota({ perClient, total, now }: UploadQuotaOptions): UploadQuota {
  const byClient = new Map<string, Set<Held>>();
  let stored = 0;

  const remove = (held: Held): void => {
    let wasHeld = false;
    for (const account of held.accounts) {
      const reservations = byClient.get(account);
      if (!reservations?.delete(held)) continue;
      wasHeld = true;
      if (reservations.size === 0) byClient.delete(account);
    }
    if (wasHeld && held.isStored) stored -= 1;
  };
  const dropExpired = (): void => {
    const time = now();
    for (const reservations of byClient.values()) {
      for (const held of reservations) if (held.expiresAt <= time) remove(held);
    }
  };

  return {
    reserve(client, expiresAt) {
      const accounts = accountsOf(client);
      const isFull = (account: string): boolean => (byClient.get(account)?.size ?? 0) >= perClient;
      if (stored >= total || accounts.some(isFull)) dropExpired();
      const full = accounts.find(isFull);
      if (full !== undefined) {
        const first = Math.min(...[...(byClient.get(full) ?? [])].map((held) => held.expiresAt));
        throw rateLimited(`You have reached the limit of ${perClient} uploads.`, first - now());
      }
      if (stored >= total)
        throw new GatewayError('UNAVAILABLE', 'The upload storage is full.', {
          retryAfter: 3600,
        });
      const held: Held = { accounts, expiresAt, isStored: true };
      for (const account of accounts) byClient.set(account, (byClient.get(account) ?? new Set()).add(held));
      stored += 1;
      return {
        release: () => remove(held),
        fail() {
          if (held.isStored && byClient.get(client)?.has(held)) stored -= 1;
          held.isStored = false;
        },
      };
    },
    dropExpired,
  };
}
