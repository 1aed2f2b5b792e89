import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { namedResultOf } from './archive.js';
import { type ArchivedFile, fileName } from './files.js';
import { isEnded, type Swap } from './swap.js';

/** A picture as a client sees it. */
export interface SwapFileView {
  /** The gateway's own URL. */
  url: string;
  /** ModelsLab's URL. */
  sourceUrl: string;
  /** Undefined until there is a copy. */
  archived: ArchivedFile | undefined;
  /** When `url` stops working, milliseconds since the epoch. */
  expiresAt: number;
  /** What to tell people who see the picture. */
  disclosure: string;
}

/** @returns undefined if the files of the swap are not archived: clients get ModelsLab's URLs */
export type FileViews = (swap: Swap) => readonly SwapFileView[] | undefined;

/** Issues the URLs of files, and reads the tokens in them. */
export interface FileUrls {
  view: FileViews;
  /** The tokens that the secret part of a URL may stand for, most likely first; empty if it is malformed or expired. */
  readTokens(secret: string): string[];
  /** Changes whenever the URLs of a swap do; what is derived from URLs must not be kept for longer. */
  period(): number;
}

export interface FileUrlOptions {
  /** Origin of the URLs. */
  origin(): string;
  now(): number;
  /** How long an issued URL works, milliseconds. Undefined: as long as the swap is kept. */
  ttlMs?: number | undefined;
  /** Secrets of the deployment. The first is used for new URLs, all are accepted. Used only with `ttlMs`. */
  secrets: readonly string[];
  /** What to tell people who see a picture. */
  disclosure: string;
}

/** A URL is issued for a number of periods, the current one included, so it works for at least 15/16 of its time. */
const periods = 16;
const tokenForm = /^[0-9a-f]{32}$/;

/**
 * Without `ttlMs`, the token itself is the secret part of the URL. With it, the secret part is the token, enciphered as one AES
 * block under a key of the current period; so URLs of ended periods mean nothing, and no URL has to be stored.
 */
export function createFileUrls({ origin, now, ttlMs, secrets, disclosure }: FileUrlOptions): FileUrls {
  const periodMs = ttlMs === undefined ? undefined : Math.max(ttlMs / periods, 1);
  const period = (): number => (periodMs === undefined ? 0 : Math.floor(now() / periodMs));

  const keyOf = (secret: string, at: number): Buffer =>
    createHmac('sha256', secret).update(`file URLs of period ${at}`).digest().subarray(0, 16);
  const encipher = (token: string): string => {
    const cipher = createCipheriv('aes-128-ecb', keyOf(secrets[0] ?? '', period()), null).setAutoPadding(
      false,
    );
    return cipher.update(token, 'hex', 'hex') + cipher.final('hex');
  };
  const decipher = (secret: string, key: Buffer): string => {
    const decipherer = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    return decipherer.update(secret, 'hex', 'hex') + decipherer.final('hex');
  };

  return {
    period,
    view(swap) {
      const named = isEnded(swap) ? namedResultOf(swap) : undefined;
      if (!named || !isEnded(swap)) return undefined;
      const { token } = named.files;
      const secret = periodMs === undefined ? token : encipher(token);
      const endsAt = periodMs === undefined ? Number.POSITIVE_INFINITY : (period() + periods) * periodMs;
      return named.output.map((sourceUrl, index) => ({
        url: `${origin()}/files/${secret}/${fileName(index, sourceUrl)}`,
        sourceUrl,
        archived: swap.archive?.files[index] ?? undefined,
        expiresAt: Math.min(swap.expiresAt, Math.floor(endsAt)),
        disclosure,
      }));
    },
    readTokens(secret) {
      if (!tokenForm.test(secret)) return [];
      if (periodMs === undefined) return [secret];
      const current = period();
      return Array.from({ length: periods }, (_, age) =>
        secrets.map((each) => decipher(secret, keyOf(each, current - age))),
      ).flat();
    },
  };
}

/** With the archive off. */
export const noFiles: FileViews = () => undefined;
