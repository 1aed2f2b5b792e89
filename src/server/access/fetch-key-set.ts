import type { JSONWebKeySet } from 'jose';
import { type Dispatcher, fetch } from 'undici';
import { exceedsNesting } from '../../lib/json-nesting.js';

/** A key set has a few keys, each of a few hundred bytes. */
const maxBytes = 1024 * 1024;
const timeoutMs = 5000;

/**
 * Fetches a JSON Web Key Set. Its form is not checked.
 * @throws Error for any status but 200, after 5 s, and for a body that is larger than 1 MiB, nested too deeply or not JSON
 */
export async function fetchKeySet(
  url: string,
  signal: AbortSignal,
  dispatcher: Dispatcher,
): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    dispatcher,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel();
    throw new Error(`the key set's server responded with ${response.status}`);
  }
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the key set is larger than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  text += decoder.decode();
  if (exceedsNesting(text)) throw new Error('the key set is nested too deeply');
  return JSON.parse(text) as JSONWebKeySet;
}
