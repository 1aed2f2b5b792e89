import { GatewayError, rateLimited } from '../swap/errors.js';

/** Upload quota, per client and in total. */
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
  expiresAt: number;
  isStored: boolean;
}

export function createUploadQuota({ perClient, total, now }: UploadQuotaOptions): UploadQuota {
  const byClient = new Map<string, Set<Held>>();
  let stored = 0;

  const remove = (client: string, held: Held): void => {
    const reservations = byClient.get(client);
    if (!reservations?.delete(held)) return;
    if (held.isStored) stored -= 1;
    if (reservations.size === 0) byClient.delete(client);
  };
  const dropExpired = (): void => {
    const time = now();
    for (const [client, reservations] of byClient) {
      for (const held of reservations) if (held.expiresAt <= time) remove(client, held);
    }
  };

  return {
    reserve(client, expiresAt) {
      if (stored >= total || (byClient.get(client)?.size ?? 0) >= perClient) dropExpired();
      const reservations = byClient.get(client) ?? new Set();
      if (reservations.size >= perClient) {
        const first = Math.min(...[...reservations].map((held) => held.expiresAt));
        throw rateLimited(`You have reached the limit of ${perClient} uploads.`, first - now());
      }
      if (stored >= total)
        throw new GatewayError('UNAVAILABLE', 'The upload storage is full.', {
          retryAfter: 3600,
        });
      const held: Held = { expiresAt, isStored: true };
      reservations.add(held);
      byClient.set(client, reservations);
      stored += 1;
      return {
        release: () => remove(client, held),
        fail() {
          if (held.isStored && reservations.has(held)) stored -= 1;
          held.isStored = false;
        },
      };
    },
    dropExpired,
  };
}
