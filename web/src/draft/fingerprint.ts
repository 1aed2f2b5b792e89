/** Identifies the content of a file. On plain http, browsers have no digest: then its name, size and date. */
export async function fingerprintOf(file: File): Promise<string> {
  if (!crypto.subtle) return `file:${file.name}:${file.size}:${file.lastModified}`;
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `sha256:${hex}`;
}
