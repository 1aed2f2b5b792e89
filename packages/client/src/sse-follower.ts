import { SwapUpdatedDocument, type SwapUpdatedSubscription } from '../generated/graphql.js';
import { createEventReader } from './event-reader.js';
import { type Http, readResult, unexpected } from './http.js';
import { withSignal } from './signals.js';
import { fromGraphqlError, type GraphqlErrorLike, SwapClientError } from './swap-client-error.js';
import { isEnded, type Swap, type SwapFollower } from './swap-state.js';

export interface SseFollowerOptions {
  http: Http;
  /** Milliseconds until the first event, the current state. A proxy that buffers lets nothing through. */
  firstEventMs?: number;
  /** Milliseconds without a byte after which the connection counts as lost. The gateway sends something every 12 seconds. */
  silenceMs?: number;
}

/** Whether this runtime can read a response while it arrives. React Native cannot, unless it is given another `fetch`. */
export const hasStreams = (): boolean =>
  typeof ReadableStream === 'function' && typeof TextDecoder === 'function';

/** Follows swaps by server-sent events, one request each: the protocol of graphql-sse, "distinct connections". */
export function createSseFollower(options: SseFollowerOptions): SwapFollower {
  const { http, firstEventMs = 5000, silenceMs = 30_000 } = options;
  return (id, onState, signal) => {
    const watchdog = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let silence: SwapClientError | undefined;
    let bug: { error: unknown } | undefined;
    const expect = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        silence = new SwapClientError('UNREACHABLE', `No event arrived within ${ms} ms.`);
        watchdog.abort(silence);
      }, ms);
    };
    expect(firstEventMs);
    const request = {
      path: '/graphql',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: SwapUpdatedDocument.toString(), variables: { id } }),
      timeoutMs: undefined,
    };
    return withSignal([signal, watchdog.signal], undefined, (either) =>
      http.send({ ...request, signal: either }, async (response) => {
        const chunks = await openStream(response);
        let last: Swap | undefined;
        let isComplete = false;
        const read = createEventReader((type, data) => {
          if (type === 'complete') isComplete = true;
          if (type !== 'next' || isComplete) return;
          expect(silenceMs);
          last = readState(data);
          try {
            onState(last);
          } catch (error) {
            // Of the caller, unlike all that goes wrong while reading.
            bug = { error };
            throw error;
          }
        });
        try {
          while (!isComplete && !(last && isEnded(last))) {
            const { done, value } = await chunks.read();
            if (done) break;
            if (last) expect(silenceMs);
            read(value);
          }
        } finally {
          chunks.cancel().catch(() => undefined);
        }
        if (last && isEnded(last)) return last;
        throw new SwapClientError('UNREACHABLE', 'The gateway closed the connection.');
      }),
    )
      .catch((error: unknown) => {
        if (bug) throw bug.error;
        throw silence && !signal.aborted ? silence : error;
      })
      .finally(() => clearTimeout(timer));
  };
}

/** Codes that a gateway with event streams sends instead of one. */
const refusals = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
];

/** @throws SwapClientError, BAD_ANSWER for a server without server-sent events */
async function openStream(response: Response): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  if (response.ok && isStream && response.body) return response.body.getReader();
  // Also of servers that know no such responses.
  const none = new SwapClientError('BAD_ANSWER', 'The server has no event streams.');
  if (isStream) throw response.ok ? none : unexpected(response);
  try {
    await readResult(response);
  } catch (error) {
    throw error instanceof SwapClientError && refusals.includes(error.code) ? error : none;
  }
  throw response.status < 500 ? none : unexpected(response);
}

function readState(data: string): Swap {
  const { data: result, errors } = JSON.parse(data) as {
    data?: SwapUpdatedSubscription | null;
    errors?: GraphqlErrorLike[];
  };
  if (result?.swapUpdated) return result.swapUpdated;
  if (errors?.[0]) throw fromGraphqlError(errors[0]);
  throw new SwapClientError('BAD_ANSWER', 'The gateway sent an event without a swap.');
}
