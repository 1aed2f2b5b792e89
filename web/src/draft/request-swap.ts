import type { ApolloClient } from '@apollo/client';
import { makeVar } from '@apollo/client';
import { announceNewSwap } from '../gateway/connection.ts';
import { type RequestError, readRequestError } from '../gateway/request-error.ts';
import {
  RequestSwapDocument,
  SamplesDocument,
  type SwapCardFragment,
  SwapCardFragmentDoc,
} from '../generated/graphql.ts';
import { isEnded } from '../result/swap-state.ts';
import { askConsent, type Pictured } from './consent.ts';
import type { DraftInput } from './draft-input.ts';
import { randomKey } from './random-key.ts';

/** Whether a request is on its way. */
export const isSending = makeVar(false);

const lastRequest = makeVar<{ text: string; key: string; swapId?: string } | undefined>(undefined);

/** Pictures use one idempotency key until their swap has finished, so that neither a second click nor a retry is paid for twice. */
function keyFor(text: string, cache: ApolloClient['cache']): string {
  const last = lastRequest();
  if (last?.text === text) {
    const id = last.swapId && `Swap:${last.swapId}`;
    const swap = id
      ? cache.readFragment({ id, fragment: SwapCardFragmentDoc, fragmentName: 'SwapCard' })
      : undefined;
    if (!swap || !isEnded(swap.status)) return last.key;
  }
  const key = randomKey();
  lastRequest({ text, key });
  return key;
}

/**
 * Asks for consent if necessary, and requests a swap.
 * @param pictures the names of each picture, see `Pictured`
 * @returns the swap, why it was not accepted, or undefined if consent was refused
 */
export async function requestSwap(
  client: ApolloClient,
  input: DraftInput,
  pictures: readonly Pictured[],
): Promise<{ swap: SwapCardFragment } | { error: RequestError } | undefined> {
  const samples = client.readQuery({ query: SamplesDocument })?.samples ?? [];
  const consent = await askConsent(pictures, (name) => samples.some(({ url }) => url === name));
  if (!consent) return undefined;
  const full = { ...input, ...consent };
  const text = JSON.stringify(full);
  const idempotencyKey = keyFor(text, client.cache);
  isSending(true);
  try {
    const { data } = await client.mutate({
      mutation: RequestSwapDocument,
      variables: { input: { ...full, idempotencyKey } },
    });
    if (!data) return { error: readRequestError(undefined) };
    const swap = data.singleFaceSwap;
    lastRequest({ text, key: idempotencyKey, swapId: swap.id });
    announceNewSwap();
    rememberForIde(swap.id);
    return { swap };
  } catch (error) {
    return { error: readRequestError(error) };
  } finally {
    isSending(false);
  }
}

/** The IDE begins with the swap requested last, also where no link of this page led to it. */
function rememberForIde(id: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the only other way, the cookie store, is not in all browsers
  document.cookie = `face-swap-last=${id}; path=/graphql/ide/; samesite=strict`;
}
