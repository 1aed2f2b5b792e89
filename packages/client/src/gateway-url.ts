import { SwapClientError } from './swap-client-error.js';

/**
 * @param url of the gateway, with or without `/graphql`; in a page also a path on its own origin, such as `/api`
 * @returns the same URL without `/graphql` and without a slash at the end
 * @throws SwapClientError, BAD_URL with what is wrong about it
 */
export function readGatewayUrl(url: string): string {
  const fail = (problem: string): never => {
    // What could be a password or a key is left out.
    const shown = String(url).replace(/\/\/.*@|\?.*/s, '…');
    throw new SwapClientError('BAD_URL', `The gateway's URL ${problem}: ${shown}`);
  };
  if (typeof url !== 'string' || url.trim() === '') return fail('is missing');
  const trimmed = url.trim();
  const absolute = /^\/(?!\/)/.test(trimmed) ? `${pageOrigin() ?? fail('has no host')}${trimmed}` : trimmed;
  if (!/^https?:\/\//i.test(absolute)) return fail('does not start with https:// or http://');
  const [, authority = '', rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(absolute) ?? [];
  if (authority.includes('@')) return fail('contains a user name; pass `apiKey` or `getToken` instead');
  if (/[?#]/.test(rest)) return fail('has a query or a fragment');
  try {
    // `URL` would remove or replace these.
    if (!/[\s\\]/.test(absolute) && new URL(absolute)) return absolute.replace(/\/+(graphql\/*)?$/i, '');
  } catch {
    // As below.
  }
  return fail('is not valid');
}

/** The origin of the page; undefined outside of browsers. */
export function pageOrigin(): string | undefined {
  const origin = (globalThis as { location?: { origin?: string } }).location?.origin;
  return origin?.startsWith('http') ? origin : undefined;
}
