import { readFileSync } from 'node:fs';
import { GraphQLError, stripIgnoredCharacters } from 'graphql';
import { z } from 'zod';
import { exceedsNesting } from '../../lib/json-nesting.js';
import { GatewayError } from '../../swap/errors.js';

/** How a request identifies its operation: by text, or by hash in one of the usual fields. */
export interface OperationReference {
  query?: unknown;
  documentId?: unknown;
  extensions?: unknown;
}

/**
 * Resolves operations from a manifest that is loaded at startup, in the format of codegen's client preset.
 *
 * @returns the text of the operation
 * @throws FORBIDDEN for any other document
 */
export type TrustedDocuments = (reference: OperationReference) => string;

const manifestShape = z.record(z.string(), z.string());
const persistedQuery = z.object({ persistedQuery: z.object({ sha256Hash: z.string() }) });

/** @param path a JSON file `{ hash: text }` @throws Error if the file is unreadable or not a manifest */
export function readTrustedDocuments(path: string): TrustedDocuments {
  const manifest = readFileSync(path, 'utf8');
  const parsed = exceedsNesting(manifest) ? undefined : manifestShape.safeParse(JSON.parse(manifest));
  if (!parsed?.success)
    throw new Error(`TRUSTED_DOCUMENTS: ${path} is not a manifest of the form {"hash": "text"}`);
  const byHash = new Map(
    Object.entries(parsed.data).map(([hash, text]) => [hash.replace(/^sha256:/, ''), text]),
  );
  const byText = new Map([...byHash.values()].map((text) => [normalize(text), text]));

  return ({ query, documentId, extensions }) => {
    const named = typeof documentId === 'string' ? documentId.replace(/^sha256:/, '') : hashIn(extensions);
    const text =
      named !== undefined ? byHash.get(named) : typeof query === 'string' && byText.get(normalize(query));
    if (typeof text === 'string') return text;
    throw new GatewayError('FORBIDDEN', 'Only registered operations are allowed.');
  };
}

function hashIn(extensions: unknown): string | undefined {
  return persistedQuery.safeParse(extensions).data?.persistedQuery.sha256Hash;
}

/** Ignores whitespace and comments. Text that does not parse is returned as is, and matches nothing. */
function normalize(text: string): string {
  try {
    return stripIgnoredCharacters(text);
  } catch (error) {
    if (error instanceof GraphQLError) return text;
    throw error;
  }
}
