/**
 * Where to load a picture from. The gateway's own pictures load from the page's origin: the URL given to ModelsLab or
 * the sandbox may not be reachable for this browser.
 */
export function viewUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const { pathname } = new URL(url);
  const isOwn = /^\/(samples\/[a-z]+\.jpg|uploads\/[0-9a-f]{32}\.jpg)$/.test(pathname);
  return isOwn ? pathname : url;
}

/** The thumbnail of a sample; the picture itself if it is no sample. */
export function thumbnailUrl(url: string): string {
  const own = viewUrl(url);
  return own.startsWith('/samples/') ? own.replace(/\.jpg$/, '-small.jpg') : own;
}
