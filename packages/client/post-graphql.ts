import type { TypedDocumentString } from './generated/graphql.js';
import { fromGraphqlError, type GraphqlErrorLike, SwapClientError } from './swap-client-error.js';

/** A query or mutation, sent once. @throws SwapClientError; the signal's reason when aborted */
export type GraphqlPoster = <Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal: AbortSignal,
) => Promise<Data>;

export interface GraphqlPosterOptions {
  /** The GraphQL endpoint itself. */
  endpoint: string;
  /** Value of the authorization header, undefined for none. */
  authorization(): Promise<string | undefined>;
}

/** After this long the answer counts as lost. */
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
      throw new SwapClientError('UNREACHABLE', `No answer from ${endpoint}.`, { cause });
    }
  };
}

function readAnswer<Data>(response: Response, text: string): Data {
  const { data, errors } = parse(text);
  if (errors?.[0]) throw fromGraphqlError(errors[0]);
  if (data) return data as Data;
  const message = `${response.url} answered with HTTP ${response.status} and no GraphQL result.`;
  if (response.status < 500 && response.status !== 429) throw new SwapClientError('BAD_ANSWER', message);
  // A proxy that does not reach the gateway, or a gateway on its way down: neither says what became of the request.
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
