import { GatewayError, rateLimited } from '../swap/errors.js';

/** Upload quota: per client, and in all. */
export interface UploadQuota {
  /** Reserves a slot until `expiresAt`. @throws RATE_LIMITED or UNAVAILABLE */
  take(client: string, expiresAt: number): UploadReservation;
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
    const places = byClient.get(client);
    if (!places?.delete(held)) return;
    if (held.isStored) stored -= 1;
    if (places.size === 0) byClient.delete(client);
  };
  const dropExpired = (): void => {
    const time = now();
    for (const [client, places] of byClient) {
      for (const held of places) if (held.expiresAt <= time) remove(client, held);
    }
  };

  return {
    take(client, expiresAt) {
      if (stored >= total || (byClient.get(client)?.size ?? 0) >= perClient) dropExpired();
      const places = byClient.get(client) ?? new Set();
      if (places.size >= perClient) {
        const first = Math.min(...[...places].map((held) => held.expiresAt));
        throw rateLimited(`Not more than ${perClient} uploads a day.`, first - now());
      }
      if (stored >= total)
        throw new GatewayError('UNAVAILABLE', 'The gateway stores no more uploads now.', {
          retryAfter: 3600,
        });
      const held: Held = { expiresAt, isStored: true };
      places.add(held);
      byClient.set(client, places);
      stored += 1;
      return {
        release: () => remove(client, held),
        fail() {
          if (held.isStored && places.has(held)) stored -= 1;
          held.isStored = false;
        },
      };
    },
    dropExpired,
  };
}
