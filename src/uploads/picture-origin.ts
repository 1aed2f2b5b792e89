import { checkPublicUrl, type UrlPolicy } from '../lib/public-url.js';

/** The origin under which ModelsLab or the sandbox fetches the gateway's own pictures (uploads and samples). */
export interface PictureOrigin {
  origin: string;
  /** False: ModelsLab cannot fetch them, so swaps with them would be rejected. */
  isReachable: boolean;
}

/**
 * PUBLIC_URL if pictures there would be accepted. Otherwise the sandbox, which runs on the same machine, gets the loopback address.
 *
 * @param listening the URL that the gateway listens on
 */
export function pictureOrigin(
  publicUrl: string | undefined,
  listening: string,
  policy: UrlPolicy,
): PictureOrigin {
  // The wildcard address cannot be fetched from.
  const local = listening.replace(/\/\/(0\.0\.0\.0|\[::\])(?=[:/]|$)/, '//127.0.0.1');
  const candidates = [publicUrl, local].filter((origin) => origin !== undefined);
  const usable = candidates.find((origin) => 'href' in checkPublicUrl(`${origin}/samples/ada.jpg`, policy));
  return { origin: usable ?? publicUrl ?? local, isReachable: usable !== undefined };
}
