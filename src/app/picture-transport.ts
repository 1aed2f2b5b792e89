import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { checkPublicUrl } from '../lib/public-url.js';
import type { PictureTransport } from '../providers/modelslab/read-inputs.js';
import { createResultReader } from '../providers/result-reader.js';
import { maxUploadBytes } from '../uploads/uploaded-picture.js';
import type { OwnPictureLookup } from './own-pictures.js';
import { proxiesOf } from './proxies.js';

/** Limit on pictures in memory that wait to be sent, over all submissions. Beyond it, swaps wait. */
const maxHeldBytes = 256 * 1024 * 1024;

/** Tells the operator at startup how ModelsLab gets the gateway's own pictures, unless it fetches them. */
export function logTransport(
  { modelsLabApiKey, modelsLabImages: mode, allowHttpImages: allowHttp }: Config,
  pictureOrigin: string,
  log: Logger,
): void {
  const isPublic = 'href' in checkPublicUrl(`${pictureOrigin}/`, { allowHttp, allowLoopback: false });
  if (!modelsLabApiKey || (isPublic && mode !== 'base64')) return;
  const message =
    mode === 'url'
      ? 'PUBLIC_URL is not public and MODELSLAB_IMAGES is url: ModelsLab cannot fetch uploads and samples, so they are refused'
      : 'uploads and samples are sent to ModelsLab as data';
  log[mode === 'url' ? 'warn' : 'info']({ images: mode }, message);
}

/**
 * Decides by MODELSLAB_IMAGES how pictures get to ModelsLab, and reads those that are sent as data: the gateway's own from where it
 * stores them, others with the same guards as results.
 *
 * @param acceptsLoopback for tests, whose hosts of pictures are local
 */
export function createPictureTransport(
  { modelsLabImages: mode, allowHttpImages: allowHttp, ...config }: Config,
  findOwn: OwnPictureLookup,
  acceptsLoopback = false,
): PictureTransport & { close(): Promise<void> } {
  const { read, close } = createResultReader({
    policy: { allowHttp, allowLoopback: acceptsLoopback },
    findOwn,
    proxies: proxiesOf(config),
    maxBytes: maxUploadBytes,
    maxHeldBytes,
  });
  const isPublic = (url: string): boolean =>
    'href' in checkPublicUrl(url, { allowHttp, allowLoopback: false });
  return {
    needsData: (urls) => mode === 'base64' || (mode === 'auto' && !urls.every(isPublic)),
    isOwn: (url) => URL.canParse(url) && findOwn(new URL(url)) !== undefined,
    read,
    close,
  };
}
