import { checkPublicUrl, type UrlPolicy } from '../lib/public-url.js';

/** Under which origin the gateway's own pictures (uploads and samples) are handed to what does the swaps. */
export interface PictureOrigin {
  origin: string;
  /** False: swaps with them would be refused, or ModelsLab could not fetch them. */
  isReachable: boolean;
}

/**
 * PUBLIC_URL where that will do. The sandbox, which runs beside the gateway, is given the loopback address otherwise.
 *
 * @param listening the address that the gateway listens on, as a URL
 */
export function pictureOrigin(
  publicUrl: string | undefined,
  listening: string,
  policy: UrlPolicy,
): PictureOrigin {
  // "Every address" is no address to fetch from.
  const local = listening.replace(/\/\/(0\.0\.0\.0|\[::\])(?=[:/]|$)/, '//127.0.0.1');
  const candidates = [publicUrl, local].filter((origin) => origin !== undefined);
  const usable = candidates.find((origin) => 'href' in checkPublicUrl(`${origin}/`, policy));
  return { origin: usable ?? publicUrl ?? local, isReachable: usable !== undefined };
}
