import { hash } from 'node:crypto';

interface CacheableResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Lets clients and private caches keep the response, if they ask with its tag whether it is still current. */
const cacheHeaders = { 'cache-control': 'private, no-cache', vary: 'Origin, Authorization' };

/**
 * Adds the entity tag to a response with finished swaps, which rarely change; without a body, as 304, if the client has it already.
 * @param ifNoneMatch value of the header `If-None-Match`
 */
export function withEntityTag(
  { status, headers, body }: CacheableResponse,
  ifNoneMatch: string | undefined,
): CacheableResponse {
  // Representations of different media types must have different tags.
  const tag = `"${hash('sha256', `${headers['content-type']}\n${body}`, 'base64url')}"`;
  const cached = { ...cacheHeaders, etag: tag };
  return isMatch(tag, ifNoneMatch)
    ? { status: 304, headers: cached, body: '' }
    : { status, headers: { ...headers, ...cached }, body };
}

/** Compares weakly, as RFC 9110 requires for this header: proxies that compress responses weaken their tags. */
function isMatch(tag: string, ifNoneMatch: string | undefined): boolean {
  const tags = ifNoneMatch?.split(',').map((given) => given.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(tag) || tags.includes('*');
}
