import { createHash } from 'node:crypto';

/** Longer text is truncated before redaction, so the work is bounded. */
const maxLength = 64 * 1024;

const colon = String.raw`(?::|%(?:25)?3a|\\{1,8}u003a|&#(?:58|x3a);|&colon;)`;
const slash = String.raw`(?:\\{0,8}\/|%(?:25)?2f|\\{1,8}u002f|&#(?:47|x2f);|&sol;)`;
/** Everything up to a character that cannot be in a URL; a backslash only if it escapes one that can. */
const rest = String.raw`(?:[^\s"'<>\x60\\{}|^]|\\{1,8}(?:\/|u[0-9a-f]{4}))*`;
const labels = String.raw`(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}`;
const patterns = {
  dataUri: String.raw`data${colon}[\w.+-]{0,60}(?:${slash}|[;,])${rest}`,
  url: String.raw`(?<scheme>\b[a-z][a-z0-9+.-]{0,20})${colon}${slash}${slash}(?<host>[^\s"'<>\x60\\/%&?#{}|^]{0,255})${rest}`,
  // Browsers and Node.js accept backslashes for slashes.
  backslashes: String.raw`(?:https?|wss?|ftp)${colon}[\\/]{1,16}[^\s"'<>\x60]*`,
  relative: String.raw`(?<![\w:/])${slash}${slash}(?:[\w.:%~-]{0,100}@)?(?<relativeHost>(?:[\w-]{1,63}\.){1,8}[\w-]{1,63}(?::\d+)?)${rest}`,
  bare: String.raw`(?<bareHost>(?:${labels}|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}|localhost)(?::\d{1,5})?)${slash}${rest}`,
  blob: '[A-Za-z0-9+/=_-]{120,}',
};
const anything = new RegExp(Object.values(patterns).join('|'), 'gi');

type Hosts = Partial<Record<'scheme' | 'host' | 'relativeHost' | 'bareHost', string>>;

/**
 * Replaces every URL in a text with `scheme://host/…#hash`, however it is escaped: in JSON, HTML or another URL, without a
 * scheme, or as a `data:` URI. Equal URLs have equal hashes regardless of escaping. Also removes runs of base64. URLs that
 * tell nothing stay: origins, and paths made only of words of the gateway's and ModelsLab's own APIs.
 *
 * @param withHash false: `scheme://host/…`, for messages to clients
 */
export const redactUrls = (text: string, withHash = true): string =>
  replaceUrls(text.slice(0, maxLength), withHash);

/**
 * Like `redactUrls`, for a value of a log line, of any length: also removes what follows the routes of pictures and webhooks,
 * and keeps the positions in stack traces.
 */
export const redactUrlsOfLog = (text: string): string =>
  replaceUrls(text, true, isStackFrame)
    .replace(privateRoute, '$1[redacted]')
    .replace(uploadedFile, '[redacted]');

/**
 * Like `redactUrls`, and removes what may be a part of a URL: paths, file names of pictures, and query strings. For text from
 * elsewhere, which may quote only the path of a picture.
 */
export const redactUrlParts = (text: string): string =>
  redactUrls(text)
    .replace(/\?[\w.~%[\]-]{1,100}=[^\s"'<>]*/g, '?…')
    .replace(/(?<![\w.:/…#])\/?(?:[\w%.~@+:=-]{1,255}\\{0,8}\/){1,64}[\w%.~@+:=-]{1,255}/g, '…/…')
    .replace(/[\w%.~@+=-]{1,255}\.(?=(?:jpe?g|png|webp|gif|avif|heic|bmp|tiff?)\b)/gi, '….');

/** What is left in front of a URL without a scheme, such as `user:password@`. */
const userOfBare = /[^\s"'<>\x60\\/@{}|^]{1,100}@(?=\/\/[\w.:-]{1,300}\/…)/g;

function replaceUrls(
  text: string,
  withHash: boolean,
  keep: (match: string) => boolean = () => false,
): string {
  const replaced = text.replace(anything, (match: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Hosts;
    const scheme = groups.scheme?.toLowerCase();
    if ((scheme !== undefined && isPublic(match)) || keep(match)) return match;
    const host = withoutUser(groups.host ?? groups.relativeHost ?? groups.bareHost);
    const hash = withHash ? `#${hashOf(match)}` : '';
    if (host === undefined) return /^data/i.test(match) ? `data:…${hash}` : `…${hash}`;
    return `${scheme === undefined ? '' : `${scheme}:`}//${host}/…${hash}`;
  });
  return replaced.includes('@') ? replaced.replace(userOfBare, '') : replaced;
}

/**
 * What follows these routes names a picture, or is a secret. The provider of a webhook stays. Not the position in a file of a
 * stack trace, whose folder may have the same name.
 */
const privateRoute = new RegExp(
  String.raw`(${slash}(?:webhooks${slash}(?:[a-z0-9-]{1,40}${slash})?|uploads${slash}|generations${slash}|files${slash}))(?![^\s"'<>\\]*\.[cm]?[jt]s:\d)[^\s"'<>\\]${rest}`,
  'gi',
);
/** The name of an upload's file is the secret part of its URL. */
const uploadedFile = /\b[0-9a-f]{32}(?=\.[a-z])/g;

/** An origin, or a URL whose path consists of known words, which tells nothing about a picture or a client. */
const isPublic = (match: string): boolean =>
  /^https?:\/\/[\w.-]{1,255}(?::\d{1,5})?(?:\/(?:api|v\d{1,2}|deepfake|faceswap|single_face_swap|fetch|graphql)?)*[.,;:)]*$/i.test(
    match,
  );

const isStackFrame = (match: string): boolean => /\.[cm]?[jt]s:\d{1,7}:\d{1,7}\)?$/.test(match);

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
