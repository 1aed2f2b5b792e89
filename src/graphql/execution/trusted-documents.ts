import { readFileSync } from 'node:fs';
import { GraphQLError, stripIgnoredCharacters } from 'graphql';
import { z } from 'zod';
import { exceedsNesting } from '../../lib/json-nesting.js';
import { GatewayError } from '../../swap/errors.js';

/** What a request says about which operation it wants: its text, or its hash in one of the usual places. */
export interface OperationReference {
  query?: unknown;
  documentId?: unknown;
  extensions?: unknown;
}

/**
 * Only documents that were known when the gateway was started, as the manifest of codegen's client preset lists them.
 *
 * @returns the text of the operation
 * @throws FORBIDDEN for any other document
 */
export type TrustedDocuments = (reference: OperationReference) => string;

const manifestShape = z.record(z.string(), z.string());
const persistedQuery = z.object({ persistedQuery: z.object({ sha256Hash: z.string() }) });

/** @param path a JSON file `{ hash: text }` @throws Error for a file that cannot be read or is none */
export function readTrustedDocuments(path: string): TrustedDocuments {
  const manifest = readFileSync(path, 'utf8');
  const parsed = exceedsNesting(manifest) ? undefined : manifestShape.safeParse(JSON.parse(manifest));
  if (!parsed?.success) throw new Error(`TRUSTED_DOCUMENTS: ${path} is no manifest {"hash": "text"}`);
  const byHash = new Map(
    Object.entries(parsed.data).map(([hash, text]) => [hash.replace(/^sha256:/, ''), text]),
  );
  const byText = new Map([...byHash.values()].map((text) => [normalize(text), text]));

  return ({ query, documentId, extensions }) => {
    const named = typeof documentId === 'string' ? documentId.replace(/^sha256:/, '') : hashIn(extensions);
    const text =
      named !== undefined ? byHash.get(named) : typeof query === 'string' && byText.get(normalize(query));
    if (typeof text === 'string') return text;
    throw new GatewayError('FORBIDDEN', 'Only operations that were registered beforehand run here.');
  };
}

function hashIn(extensions: unknown): string | undefined {
  return persistedQuery.safeParse(extensions).data?.persistedQuery.sha256Hash;
}

/** The same for documents that differ in layout or comments only. What does not parse is known to nobody as it is. */
function normalize(text: string): string {
  try {
    return stripIgnoredCharacters(text);
  } catch (error) {
    if (error instanceof GraphQLError) return text;
    throw error;
  }
}
