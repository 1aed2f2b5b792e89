import type { TypedDocumentString } from '../generated/graphql.js';
import type { Credentials } from './credentials.js';
import { pageOrigin } from './gateway-url.js';
import { throwIfAborted, unlessAborted, withSignal } from './signals.js';
import { fromGraphqlError, type GraphqlErrorLike, SwapClientError } from './swap-client-error.js';

export interface HttpOptions {
  /** The gateway's URL, without a slash at the end. */
  base: string;
  credentials: Credentials;
  fetchImpl: typeof fetch | undefined;
}

export interface HttpRequest {
  /** Such as `/graphql`. */
  path: string;
  headers?: Record<string, string>;
  body: NonNullable<RequestInit['body']>;
  signal: AbortSignal;
  /** Milliseconds until the response must have been read; undefined for any time. */
  timeoutMs: number | undefined;
}

export interface PostOptions {
  signal: AbortSignal;
  /** For how long the gateway may hold its response. */
  waitSeconds?: number | undefined;
}

/** Requests to the gateway, each sent once. */
export interface Http {
  /** @throws SwapClientError, UNREACHABLE for no response; the signal's reason when aborted; whatever `read` throws */
  send<Value>(request: HttpRequest, read: (response: Response) => Promise<Value>): Promise<Value>;
  /** Sends a query or mutation. @throws SwapClientError; the signal's reason when aborted */
  post<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    options: PostOptions,
  ): Promise<Data>;
  /** Whether the server has ever responded. */
  hasResponded(): boolean;
}

const responseTimeoutMs = 30_000;
/** Until the server has responded for the first time: a wrong address should not look like a slow one. */
const firstResponseTimeoutMs = 10_000;

export function createHttp({ base, credentials, fetchImpl }: HttpOptions): Http {
  let hasResponded = false;

  async function send<Value>(
    { path, headers, body, signal, timeoutMs }: HttpRequest,
    read: (response: Response) => Promise<Value>,
  ): Promise<Value> {
    const authorization = await unlessAborted(credentials.authorization(), signal);
    try {
      return await withSignal([signal], timeoutMs, async (either) => {
        const response = await (fetchImpl ?? fetch)(base + path, {
          method: 'POST',
          headers: { ...headers, ...(authorization !== undefined && { authorization }) },
          body,
          signal: either,
        });
        hasResponded = true;
        return await read(response);
      });
    } catch (cause) {
      throwIfAborted(signal);
      if (cause instanceof SwapClientError) throw cause;
      const hint =
        hasResponded || pageOrigin() === undefined
          ? ''
          : await (await import('./explain-silence.js')).explainSilence(base, fetchImpl ?? fetch);
      throw new SwapClientError('UNREACHABLE', `No response from ${base}${path}.${hint}`, { cause });
    }
  }

  return {
    send,
    post<Data, Variables>(
      document: TypedDocumentString<Data, Variables>,
      variables: Variables,
      { signal, waitSeconds = 0 }: PostOptions,
    ) {
      const longest = hasResponded || waitSeconds ? responseTimeoutMs : firstResponseTimeoutMs;
      const request: HttpRequest = {
        path: '/graphql',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
        },
        body: JSON.stringify({ query: document.toString(), variables }),
        signal,
        timeoutMs: longest + waitSeconds * 1000,
      };
      return send(request, readData<Data>);
    },
    hasResponded: () => hasResponded,
  };
}

async function readData<Data>(response: Response): Promise<Data> {
  const { data } = await readResult(response);
  if (data) return data as Data;
  throw unexpected(response);
}

/**
 * Reads a body in the form of GraphQL, as all routes of the gateway send it for errors.
 *
 * @throws SwapClientError for the first of its `errors`, which has a code if it is the gateway's
 */
export async function readResult(response: Response): Promise<{ data?: unknown }> {
  const result = parse(await response.text());
  const error = result.errors?.[0];
  // Proxies have errors in forms of their own.
  if (error) throw error.extensions?.code ? fromGraphqlError(error) : unexpected(response);
  return result;
}

/** A response without a result. */
export function unexpected(response: Response): SwapClientError {
  const message = `${response.url} responded with HTTP ${response.status} without a result.`;
  if (response.status < 500 && response.status !== 429) return new SwapClientError('BAD_ANSWER', message);
  // From a proxy that cannot reach the gateway, or a gateway that is shutting down: the outcome of the request is
  // unknown.
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  return new SwapClientError('UNREACHABLE', message, { retryAfter });
}

function parse(text: string): { data?: unknown; errors?: GraphqlErrorLike[] } {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
