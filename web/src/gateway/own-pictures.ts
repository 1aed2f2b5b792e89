const samplePath = /^(\/samples\/[a-z]+)\.jpg$/;
const uploadPath = /^\/uploads\/[0-9a-f]{32}\.jpg$/;

/**
 * Where to load a picture from. The gateway's own pictures load from the page's origin: the URL given to ModelsLab or
 * the sandbox may not be reachable for this browser. Of samples there is a smaller file.
 */
export const viewUrl = (url: string): string => ownPath(url, '.webp');

/** The thumbnail of a sample; the picture itself if it is no sample. */
export const thumbnailUrl = (url: string): string => ownPath(url, '-small.jpg');

function ownPath(url: string, ofSample: string): string {
  if (!URL.canParse(url)) return url;
  const { pathname } = new URL(url);
  const [, sample] = samplePath.exec(pathname) ?? [];
  if (sample) return sample + ofSample;
  return uploadPath.test(pathname) ? pathname : url;
}
