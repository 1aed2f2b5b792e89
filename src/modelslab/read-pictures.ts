/** The URLs of pictures, in every form in which ModelsLab and its like give them. */

const maxPictures = 100;
const maxUrlLength = 8192;
const maxDepth = 3;
/** Of values looked at, so that a large body of nonsense costs little. */
const maxValues = 10_000;

/** In this order: a picture's own URL before the one of a copy. */
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
  /** Whether there were entries, other than null and empty ones, that are no URL of a picture. */
  isPartial: boolean;
}

/**
 * Takes a URL, a list of URLs, of objects that hold one, or of lists, and JSON of those in a string. Entries that are no
 * http or https URL of at most 8,192 characters are skipped, and whatever comes after the hundredth.
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
    // What PHP makes of a list with a hole in it.
    for (const [key, item] of Object.entries(entry)) if (/^\d{1,4}$/.test(key)) visit(item, depth + 1);
    if (urls.length === before) isPartial = true;
  };
  visit(value, 0);
  return { urls, isPartial };
}

/** @returns the URL, absolute and trimmed, else undefined. A relative one with a host gets https. */
export function readHttpUrl(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  let text = value.trim().replaceAll('\\/', '/');
  if (text.startsWith('//')) text = `https:${text}`;
  if (text.length > maxUrlLength || !/^https?:\/\//i.test(text) || text.includes('[redacted]'))
    return undefined;
  if (!URL.canParse(text)) return undefined;
  // As it is where possible: a signature may be over these very characters.
  return /^[!-~]+$/.test(text) ? text : new URL(text).href;
}

const separators = ' \t\r\n,;|';

/** One URL, or several with separators between them; a separator within a URL belongs to it. */
function splitUrls(text: string): string[] {
  return text
    .split(/(?<=[\s,;|])(?=(?:https?:)?\/\/)/i)
    .map(withoutSeparators)
    .filter((part) => part !== '');
}

/** By hand, since a pattern for the end of a text takes quadratic time. */
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
