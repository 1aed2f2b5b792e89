import { ArchiveError, type StoredFile } from '../swap/archive.js';

export interface ListingPage {
  files: StoredFile[];
  /** Token of the next page; undefined: this is the last one. */
  next: string | undefined;
}

/**
 * Parses a page of ListObjectsV2. The format is fixed and flat, so it needs no XML parser.
 *
 * @throws ArchiveError for anything else, so that a proxy's error page is not read as an empty bucket
 */
export function readListing(xml: string): ListingPage {
  if (!/<ListBucketResult[\s>]/.test(xml) || !xml.includes('</ListBucketResult>'))
    throw new ArchiveError('the archive responded to a listing with something else');
  const files = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, fields = '']) => ({
    key: elementOf(fields, 'Key') ?? '',
    bytes: Number(elementOf(fields, 'Size') ?? 0),
  }));
  const isTruncated = elementOf(xml, 'IsTruncated') === 'true';
  const next = isTruncated ? elementOf(xml, 'NextContinuationToken') : undefined;
  if (isTruncated && next === undefined)
    throw new ArchiveError('the archive responded to a listing without the token of the next page');
  return { files, next };
}

function elementOf(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml) ?? [];
  return text?.replace(/&(?:(lt|gt|amp|quot|apos)|#(x?)([0-9a-f]+));/gi, (_match, named, hex, code) =>
    named
      ? (entities[String(named).toLowerCase()] ?? '')
      : String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10)),
  );
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
