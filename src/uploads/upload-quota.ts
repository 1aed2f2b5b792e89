import { UploadError } from './upload-error.js';

/** Places for stored pictures: of each client, and of all together. */
export interface UploadQuota {
  /** Takes a place for a picture that expires then. @throws RATE_LIMITED or UNAVAILABLE. @returns the way to give it back */
  take(client: string, expiresAt: number): () => void;
}

export interface UploadQuotaOptions {
  perClient: number;
  total: number;
  now(): number;
}

export function createUploadQuota({ perClient, total, now }: UploadQuotaOptions): UploadQuota {
  const byClient = new Map<string, number[]>();
  let count = 0;

  const drop = (client: string, isDropped: (expiresAt: number) => boolean): void => {
    const held = byClient.get(client) ?? [];
    const left = held.filter((expiresAt) => !isDropped(expiresAt));
    count -= held.length - left.length;
    if (left.length > 0) byClient.set(client, left);
    else byClient.delete(client);
  };
  const dropExpired = (): void => {
    const time = now();
    for (const client of byClient.keys()) drop(client, (expiresAt) => expiresAt <= time);
  };

  return {
    take(client, expiresAt) {
      if (count >= total || (byClient.get(client)?.length ?? 0) >= perClient) dropExpired();
      const held = byClient.get(client) ?? [];
      const [first] = held;
      if (held.length >= perClient && first !== undefined) {
        const seconds = Math.max(1, Math.ceil((Math.min(...held) - now()) / 1000));
        throw new UploadError('RATE_LIMITED', `Not more than ${perClient} uploads a day.`, seconds);
      }
      if (count >= total)
        throw new UploadError('UNAVAILABLE', 'The gateway stores no more uploads now.', 3600);
      byClient.set(client, [...held, expiresAt]);
      count++;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        const mine = byClient.get(client)?.indexOf(expiresAt) ?? -1;
        if (mine < 0) return;
        let position = 0;
        drop(client, () => position++ === mine);
      };
    },
  };
}
