/** Extracts picture URLs in every form that ModelsLab and similar APIs use. */

const maxPictures = 100;
const maxUrlLength = 8192;
const maxDepth = 3;
/** Limit on values visited, so a large nonsense body stays cheap. */
const maxValues = 10_000;

/** In order of preference: a picture's own URL before the URL of a copy. */
const urlFields = [
  'url',
  'image',
  'image_url',
  'imageUrl',
  'output',
  'link',
  'src',
  'href',
  'uri',
  'file',
  'signed_url',
  'download_url',
  'images',
  'image_urls',
  'urls',
  'links',
  'files',
  'result',
  'results',
  'data',
  'proxy_link',
];

export interface Pictures {
  urls: string[];
  /** Whether any entry, other than null and empty ones, is not a picture URL. */
  isPartial: boolean;
}

/**
 * Accepts a URL; a list of URLs, of objects that hold one, or of lists; and any of these as JSON in a string. Skips
 * entries that are not http(s) URLs of at most 8,192 characters, and everything after the first hundred.
 */
export function readPictures(value: unknown): Pictures {
  const urls: string[] = [];
  let isPartial = false;
  let values = 0;
  const visit = (entry: unknown, depth: number): void => {
    values += 1;
    if (urls.length >= maxPictures || values > maxValues || depth > maxDepth) {
      isPartial = true;
      return;
    }
    if (typeof entry === 'string') {
      const nested = parseNested(entry);
      if (nested !== undefined) {
        visit(nested, depth + 1);
        return;
      }
      for (const text of splitUrls(entry)) {
        const url = readHttpUrl(text);
        if (url === undefined) isPartial = true;
        else if (urls.length < maxPictures) urls.push(url);
      }
    } else if (Array.isArray(entry)) {
      for (const item of entry as unknown[]) {
        if (values > maxValues || urls.length >= maxPictures) break;
        visit(item, depth + 1);
      }
    } else if (typeof entry === 'object' && entry !== null) {
      visitObject(entry as Record<string, unknown>, depth);
    } else if (entry !== null && entry !== undefined) isPartial = true;
  };
  const visitObject = (entry: Record<string, unknown>, depth: number): void => {
    const before = urls.length;
    for (const field of urlFields) {
      if (Object.hasOwn(entry, field)) visit(entry[field], depth + 1);
      if (urls.length > before) return;
    }
    // PHP encodes a sparse list as an object.
    for (const [key, item] of Object.entries(entry)) if (/^\d{1,4}$/.test(key)) visit(item, depth + 1);
    if (urls.length === before) isPartial = true;
  };
  visit(value, 0);
  return { urls, isPartial };
}

/**
 * Clients may put the result into a header or a page, so it has no control characters, no user name and no password. Everything
 * else is kept, since the URL may be all there is of a paid picture.
 *
 * @returns the URL, absolute and trimmed, or undefined. A relative URL with a host gets https.
 */
export function readHttpUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2 * maxUrlLength) return undefined;
  let text = firstLine(value.trim()).replaceAll('\\/', '/');
  if (text.startsWith('//')) text = `https:${text}`;
  if (text.length > maxUrlLength || !/^https?:[\\/]{2}/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  url.username = '';
  url.password = '';
  if (url.href.includes('[redacted]')) return undefined;
  // Unchanged where possible: a signature may cover these exact characters.
  return plainUrl.test(text) ? text : url.href;
}

/** A URL that every parser reads alike: a host, without credentials, and only characters that may occur in a URL. */
const plainUrl = /^https?:\/\/[\w.:[\]-]+(?:[/?#][\w\-.~:/?#[\]@!$&'()*+,;=%]*)?$/i;

/** A URL that was wrapped over several lines is joined; any other text after a line break is not part of it. */
function firstLine(text: string): string {
  const [first = '', ...rest] = text.split(/[\p{Cc}\u2028\u2029]+/u);
  return rest.every((line) => /^[\w\-.~%/?&=+]+$/.test(line)) ? [first, ...rest].join('') : first.trim();
}

const separators = ' \t\r\n,;|';

/** One URL, or several with separators between them; a separator within a URL is part of it. */
function splitUrls(text: string): string[] {
  return text
    .split(/(?<=[\s,;|])(?=(?:https?:)?\/\/)/i)
    .map(withoutSeparators)
    .filter((part) => part !== '');
}

/** Not a regular expression: one anchored at the end takes quadratic time. */
function withoutSeparators(text: string): string {
  let end = text.length;
  while (end > 0 && separators.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end).trim();
}

function parseNested(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
