import { createHash } from 'node:crypto';

/** Longer text is truncated before redaction, so the work is bounded. */
const maxLength = 64 * 1024;

const colon = String.raw`(?::|%(?:25)?3a|\\{1,8}u003a|&#(?:58|x3a);|&colon;)`;
const slash = String.raw`(?:\\{0,8}\/|%(?:25)?2f|\\{1,8}u002f|&#(?:47|x2f);|&sol;)`;
/** Everything up to a character that cannot be in a URL; a backslash only if it escapes one that can. */
const rest = String.raw`(?:[^\s"'<>\x60\\{}|^]|\\{1,8}(?:\/|u[0-9a-f]{4}))*`;
const patterns = {
  dataUri: String.raw`\bdata${colon}[\w.+-]{0,60}(?:${slash}|[;,])${rest}`,
  url: String.raw`(?<scheme>\b[a-z][a-z0-9+.-]{0,20})${colon}${slash}${slash}(?<host>[^\s"'<>\x60\\/%&?#{}|^]{0,255})${rest}`,
  relative: String.raw`(?<![\w:/])${slash}${slash}(?:[\w.:%~-]{0,100}@)?(?<relativeHost>(?:[\w-]{1,63}\.){1,8}[\w-]{1,63}(?::\d+)?)${rest}`,
  bare: String.raw`\b(?<bareHost>(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?)${slash}${rest}`,
  blob: '[A-Za-z0-9+/=_-]{120,}',
};
const anything = new RegExp(Object.values(patterns).join('|'), 'gi');

type Hosts = Partial<Record<'scheme' | 'host' | 'relativeHost' | 'bareHost', string>>;

/**
 * Replaces every URL in a text with `scheme://host/…#hash`, however it is escaped: in JSON, HTML or another URL, without a
 * scheme, or as a `data:` URI. Equal URLs have equal hashes regardless of escaping. Also removes runs of base64.
 *
 * @param withHash false: `scheme://host/…`, for messages to clients
 */
export function redactUrls(text: string, withHash = true): string {
  return text.slice(0, maxLength).replace(anything, (match: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Hosts;
    const scheme = groups.scheme?.toLowerCase();
    const host = withoutUser(groups.host ?? groups.relativeHost ?? groups.bareHost);
    const hash = withHash ? `#${hashOf(match)}` : '';
    if (host === undefined) return /^data/i.test(match) ? `data:…${hash}` : `…${hash}`;
    return `${scheme === undefined ? '' : `${scheme}:`}//${host}/…${hash}`;
  });
}

/** A password may precede an `@`. */
const withoutUser = (host: string | undefined): string | undefined => host?.slice(host.lastIndexOf('@') + 1);

function hashOf(match: string): string {
  const plain = match
    .replace(/\\+u00([0-9a-f]{2})/gi, (_escape, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replace(/\\/g, '')
    .replace(/^([a-z][a-z0-9+.-]*)%3a%2f%2f.*/i, safeDecode)
    .replace(/^\/\//, 'https://');
  return createHash('sha256').update(plain).digest('hex').slice(0, 8);
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
