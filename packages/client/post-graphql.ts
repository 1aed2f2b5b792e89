import type { TypedDocumentString } from './generated/graphql.js';
import { fromGraphqlError, type GraphqlErrorLike, SwapClientError } from './swap-client-error.js';

/** Sends a query or mutation once. @throws SwapClientError; the signal's reason when aborted */
export type GraphqlPoster = <Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal: AbortSignal,
) => Promise<Data>;

export interface GraphqlPosterOptions {
  /** URL of the GraphQL endpoint. */
  endpoint: string;
  /** Value of the authorization header; undefined for none. */
  authorization(): Promise<string | undefined>;
}

/** Response timeout. */
const timeoutMs = 30_000;

export function createGraphqlPoster({ endpoint, authorization }: GraphqlPosterOptions): GraphqlPoster {
  return async <Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    signal: AbortSignal,
  ): Promise<Data> => {
    const credentials = await authorization();
    const request: RequestInit = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(credentials !== undefined && { authorization: credentials }),
      },
      body: JSON.stringify({ query: document.toString(), variables }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    };
    try {
      const response = await fetch(endpoint, request);
      return readAnswer(response, await response.text());
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof SwapClientError) throw cause;
      throw new SwapClientError('UNREACHABLE', `No response from ${endpoint}.`, { cause });
    }
  };
}

function readAnswer<Data>(response: Response, text: string): Data {
  const { data, errors } = parse(text);
  if (errors?.[0]) throw fromGraphqlError(errors[0]);
  if (data) return data as Data;
  const message = `${response.url} responded with HTTP ${response.status} without a GraphQL result.`;
  if (response.status < 500 && response.status !== 429) throw new SwapClientError('BAD_ANSWER', message);
  // From a proxy that cannot reach the gateway, or a gateway that is shutting down: the outcome of the request is
  // unknown.
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  throw new SwapClientError('UNREACHABLE', message, { retryAfter });
}

function parse(text: string): { data?: unknown; errors?: GraphqlErrorLike[] } {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
