import {
  CancelSwapDocument,
  EraseSwapDocument,
  GatewayStatusDocument,
  SamplesDocument,
  SingleFaceSwapDocument,
  type SingleFaceSwapInput,
  SwapProgressDocument,
  SwapResultDocument,
  SwapsDocument,
  type TypedDocumentString,
} from '../generated/graphql.js';
import { createCredentials } from './credentials.js';
import { createFollower } from './follower.js';
import { readGatewayUrl } from './gateway-url.js';
import { createHttp } from './http.js';
import { createPendingSwaps } from './pending-swaps.js';
import { retry } from './retry.js';
import { throwIfAborted, withSignal } from './signals.js';
import { SwapClientError } from './swap-client-error.js';
import type { FollowOptions, RequestOptions, SwapClient, SwapClientOptions } from './swap-client-types.js';
import { isEnded, type Swap } from './swap-state.js';

/** Codes that say for certain that the request was not accepted. */
const refusals = [
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'IDEMPOTENCY_CONFLICT',
  'QUEUE_FULL',
  'RATE_LIMITED',
];

/**
 * A client for browsers, Node.js and React Native. Connects on first use; a socket is open only while a swap is followed.
 *
 * @throws SwapClientError, BAD_URL
 */
export function createSwapClient(options: SwapClientOptions): SwapClient {
  const base = readGatewayUrl(options.url);
  const { attempts = 12, fetch: fetchImpl, storage, storageKey = `face-swap:${base}` } = options;
  const credentials = createCredentials(options);
  const http = createHttp({ base, credentials, fetchImpl });
  const follow = createFollower({ ...options, base, credentials, http });
  const pending = createPendingSwaps(storage, storageKey);
  const lifetime = new AbortController();

  /** Runs with a signal that ends with the client or the caller's own. */
  const within = <Value>(
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> =>
    withSignal([lifetime.signal, signal], undefined, run).catch((error: unknown) => {
      if (lifetime.signal.aborted && !(error instanceof SwapClientError))
        throw new SwapClientError('CLOSED', 'The client was closed.', { cause: error });
      throw error;
    });
  const insist = <Value>(
    signal: AbortSignal,
    run: (onProgress: () => void) => Promise<Value>,
    most = attempts,
  ): Promise<Value> =>
    retry(run, { attempts: most, signal, hasResponded: http.hasResponded, renew: credentials.renew });
  /** Sends a query, or with `most` 1 something that may be sent only once. */
  const send = <Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    { signal, most, waitSeconds }: RequestOptions & { most?: number; waitSeconds?: number } = {},
  ): Promise<Data> =>
    within(signal, (either) =>
      insist(either, () => http.post(document, variables, { signal: either, waitSeconds }), most),
    );

  async function watch(id: string, { onUpdate, signal }: FollowOptions, seen?: Swap): Promise<Swap> {
    let last = JSON.stringify(seen);
    const show = (swap: Swap): void => {
      const state = JSON.stringify(swap);
      if (state === last) return;
      last = state;
      onUpdate?.(swap);
    };
    try {
      const ended = await within(signal, (either) =>
        insist(either, (onProgress) =>
          follow(
            id,
            (swap) => {
              onProgress();
              show(swap);
            },
            either,
          ),
        ),
      );
      await pending.forget({ id });
      return ended;
    } catch (error) {
      if (!(error instanceof SwapClientError)) throw error;
      if (error.code === 'NOT_FOUND') await pending.forget({ id });
      throw new SwapClientError(error.code, error.message, { ...error, swapId: id, cause: error });
    }
  }

  async function request(
    given: SingleFaceSwapInput,
    waitSeconds: number,
    signal: AbortSignal | undefined,
  ): Promise<{ accepted: Swap; input: SingleFaceSwapInput }> {
    return within(signal, async (either) => {
      throwIfAborted(either);
      const { input, isNew } = await pending.add(given);
      let isCertain = isNew;
      try {
        const { singleFaceSwap: accepted } = await insist(either, async () => {
          try {
            const variables = { input, wait: waitSeconds };
            return await http.post(SingleFaceSwapDocument, variables, { signal: either, waitSeconds });
          } catch (error) {
            isCertain &&= error instanceof SwapClientError && refusals.includes(error.code);
            throw error;
          }
        });
        if (!isEnded(accepted)) await pending.accepted(input, accepted.id);
        return { accepted, input };
      } catch (error) {
        // An aborted request may be repeated at once, by React's StrictMode for example, and needs its key then.
        if (isCertain && !either.aborted) await pending.forget(input);
        throw error;
      }
    });
  }

  const client: SwapClient = {
    async swap(given, { onUpdate, signal } = {}) {
      const { accepted, input } = await request(given, 0, signal);
      onUpdate?.(accepted);
      const ended = isEnded(accepted) ? accepted : await watch(accepted.id, { onUpdate, signal }, accepted);
      await pending.forget({ id: ended.id, idempotencyKey: input.idempotencyKey });
      return ended;
    },
    async request(given, { wait = 0, signal } = {}) {
      const { accepted, input } = await request(given, wait, signal);
      if (isEnded(accepted)) await pending.forget({ idempotencyKey: input.idempotencyKey });
      return accepted;
    },
    watch: (id, followOptions = {}) => watch(id, followOptions),
    async wait(id, { seconds = 25, signal } = {}) {
      const options = { signal, waitSeconds: seconds };
      const { swapResult } = await send(SwapProgressDocument, { id, wait: seconds }, options);
      if (!swapResult || isEnded(swapResult)) await pending.forget({ id });
      return swapResult;
    },
    get: async (id, options) => (await send(SwapResultDocument, { id }, options)).swapResult,
    async list({ signal, ...variables } = {}) {
      const { swaps } = await send(SwapsDocument, variables, { signal });
      const { endCursor, hasNextPage } = swaps.pageInfo;
      return { swaps: swaps.edges.map(({ node }) => node), endCursor, hasNextPage };
    },
    samples: async (options) => (await send(SamplesDocument, {}, options)).samples,
    upload: (picture, { signal } = {}) =>
      within(signal, async (either) => {
        const { uploadPicture } = await import('./upload-picture.js');
        return insist(either, () => uploadPicture(http, picture, either));
      }),
    cancel: async (id, options) =>
      (await send(CancelSwapDocument, { id }, { ...options, most: 1 })).cancelSwap,
    async erase(id, options) {
      const { eraseSwap } = await send(EraseSwapDocument, { id }, options);
      await pending.forget({ id });
      return eraseSwap;
    },
    gatewayStatus: async (options) =>
      (await send(GatewayStatusDocument, {}, { ...options, most: 1 })).gatewayStatus,
    pending: () => pending.list(),
    resume: ({ id, input }, followOptions = {}) =>
      id === null ? client.swap(input, followOptions) : watch(id, followOptions),
    close: () => lifetime.abort(new SwapClientError('CLOSED', 'The client was closed.')),
  };
  return client;
}
