/**
 * Where to look at a picture. The gateway's own are read from where the page came from: the address that ModelsLab or the
 * sandbox is given may be one that this browser does not reach.
 */
export function viewUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const { pathname } = new URL(url);
  const isOwn = /^\/(samples\/[a-z]+\.jpg|uploads\/[0-9a-f]{32}\.jpg)$/.test(pathname);
  return isOwn ? pathname : url;
}
